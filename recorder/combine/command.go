package combine

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"
)

// Statuses with which the command ends.
const (
	succeeded   = 0
	failed      = 1
	misused     = 2
	interrupted = 130 // as shells say it
)

// Command is "galene combine": args are what follows these words.  It returns the
// exit status.  It stops when ctx ends.
func Command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := Options{Quality: "medium", Layout: LayoutSpeaker, Rate: 25}
	size, session := "1280x720", ""
	var list, quiet bool
	flags := flag.NewFlagSet("galene combine", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, "Usage: galene combine [option]... SESSION\n\n"+
			"Makes one film of a recorded meeting.  SESSION is the index of a session, a file whose\n"+
			"name ends in -session.json, or the directory of a group, for its last session.\n"+
			"The recordings are not changed.  If it is interrupted, the same command goes on.\n\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.Output, "o", "", "the `file` to be made (default: beside the recordings, where the page of recordings finds it)")
	flags.StringVar(&o.Format, "format", "", "mp4 or webm (default: what the name of the file says, or mp4)")
	flags.StringVar(&size, "size", size, "`width`x`height` of the picture")
	flags.IntVar(&o.Rate, "rate", o.Rate, "pictures in a `second`")
	flags.StringVar((*string)(&o.Quality), "quality", string(o.Quality), "low, medium or high")
	flags.StringVar((*string)(&o.Layout), "layout", string(o.Layout), "speaker: who speaks is large; grid: all have the same size")
	flags.StringVar(&session, "session", "", "in a directory, the session whose name begins with this `prefix`, such as 2026-01-02T15")
	flags.BoolVar(&list, "list", false, "list the sessions of a directory")
	flags.IntVar(&o.Threads, "threads", 0, "how many threads encode; 0 is as many as there are processors")
	flags.BoolVar(&o.Overwrite, "overwrite", false, "replace the file if it exists")
	flags.BoolVar(&quiet, "quiet", false, "show no progress")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return succeeded
	case err != nil:
		return misused
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return misused
	}
	fail := func(err error) int {
		fmt.Fprintln(stderr, "galene combine:", err)
		return failed
	}
	if n, err := fmt.Sscanf(size, "%dx%d", &o.Width, &o.Height); n != 2 || err != nil {
		fmt.Fprintf(stderr, "galene combine: size %q: it is like 1280x720\n", size)
		return misused
	}
	o.Index = flags.Arg(0)
	fi, err := os.Stat(o.Index)
	if err != nil {
		return fail(err)
	}
	if fi.IsDir() {
		names, err := sessions(o.Index, session)
		if err != nil {
			return fail(err)
		}
		if list {
			for _, name := range names {
				fmt.Fprintln(stdout, filepath.Join(o.Index, name))
			}
			return succeeded
		}
		if len(names) == 0 {
			return fail(fmt.Errorf("%s: there is no such session", o.Index))
		}
		o.Index = filepath.Join(o.Index, names[0])
	}
	o.Warn = func(text string) { fmt.Fprintln(stderr, "galene combine: warning:", text) }
	p := newProgress(stderr)
	if !quiet {
		o.Progress = p.show
	}
	file, err := Run(ctx, o)
	p.end()
	switch {
	case err == nil:
		fmt.Fprintln(stdout, file)
		return succeeded
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "Interrupted.  The same command goes on where this one was.")
		return interrupted
	}
	return fail(err)
}

// progress tells a person how far it is: on a terminal in a line that changes,
// elsewhere with a line now and then.
type progress struct {
	out      io.Writer
	terminal bool
	what     string
	began    time.Time // what is being done now
	from     float64   // the part that was done then
	shown    time.Time
	open     bool // a line is not ended
}

func newProgress(out io.Writer) *progress {
	f, ok := out.(*os.File)
	return &progress{out: out, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// show is an Options.Progress.
func (p *progress) show(what string, part float64) {
	now := time.Now()
	interval := 10 * time.Second
	if p.terminal {
		interval = 200 * time.Millisecond
	}
	if what == p.what && now.Sub(p.shown) < interval && part < 1 {
		return
	}
	if what != p.what {
		p.end()
		p.what, p.began, p.from = what, now, part
	}
	p.shown = now
	text := fmt.Sprintf("%s: %3.0f %%", what, 100*part)
	if took := now.Sub(p.began); part > p.from && part < 1 && took > 2*time.Second {
		left := time.Duration(float64(took) * (1 - part) / (part - p.from))
		text += ", about " + left.Round(time.Second).String() + " left"
	}
	if !p.terminal {
		fmt.Fprintln(p.out, text)
		return
	}
	fmt.Fprintf(p.out, "\r\x1b[K%s", text)
	p.open = true
}

// end ends the line.
func (p *progress) end() {
	if p.open {
		fmt.Fprintln(p.out)
		p.open = false
	}
}
