package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// completion is the command completion.
func completion(p *program, _ *flag.FlagSet) func([]string) error {
	return func(args []string) error {
		shell := ""
		if len(args) == 1 {
			shell = args[0]
		}
		var names []string
		for _, c := range commands() {
			names = append(names, c.name)
		}
		switch shell {
		case "bash":
			fmt.Fprintf(p.stdout, bashScript, strings.Join(names, " "), optionCases(p))
		case "zsh":
			fmt.Fprintf(p.stdout, zshScript, strings.Join(names, " "), optionCases(p))
		case "fish":
			for _, option := range globalOptions() {
				fmt.Fprintf(p.stdout, "complete -c galenectl -n __fish_use_subcommand -o %s\n", option)
			}
			for _, c := range commands() {
				fmt.Fprintf(p.stdout, "complete -c galenectl -n __fish_use_subcommand -f -a %s -d '%s'\n", c.name, strings.ReplaceAll(c.summary, "'", `\'`))
				for _, option := range optionsOf(p, c) {
					fmt.Fprintf(p.stdout, "complete -c galenectl -n '__fish_seen_subcommand_from %s' -o %s\n", c.name, option)
				}
			}
		default:
			return usageError("completion needs one argument: bash, zsh or fish")
		}
		return nil
	}
}

const bashScript = `_galenectl() {
    local word=${COMP_WORDS[COMP_CWORD]} command= w
    for w in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case " %s " in *" $w "*) command=$w ;; esac
    done
    local list
    case $command in
%s    esac
    COMPREPLY=($(compgen -W "$list" -- "$word"))
}
complete -o default -F _galenectl galenectl
`

// zshScript works both in a directory of $fpath and when it is sourced.
const zshScript = `#compdef galenectl
_galenectl() {
    local command= list w
    for w in ${words[2,CURRENT-1]}; do
        case " %s " in *" $w "*) command=$w ;; esac
    done
    case $command in
%s    esac
    if [[ -z $command || $PREFIX == -* ]]; then
        compadd -- ${=list}
    else
        _files
    fi
}
if [[ $funcstack[1] == _galenectl ]]; then
    _galenectl "$@"
else
    compdef _galenectl galenectl
fi
`

// optionCases makes the branches of the scripts for bash and zsh.
func optionCases(p *program) string {
	var b strings.Builder
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
		fmt.Fprintf(&b, "    %s) list=\"", c.name)
		for i, option := range optionsOf(p, c) {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("-" + option)
		}
		b.WriteString("\" ;;\n")
	}
	fmt.Fprintf(&b, "    *) list=\"%s -%s\" ;;\n", strings.Join(names, " "), strings.Join(globalOptions(), " -"))
	return b.String()
}

// optionsOf returns the names of the options of a command.
func optionsOf(p *program, c command) []string {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	c.define(p, flags)
	return namesOf(flags)
}

// globalOptions returns the names of the global options.
func globalOptions() []string {
	flags := flag.NewFlagSet("galenectl", flag.ContinueOnError)
	new(options).define(flags)
	return namesOf(flags)
}

// namesOf returns the names of options, sorted.
func namesOf(flags *flag.FlagSet) []string {
	var names []string
	flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}
