// Package profile writes profiles of a whole run of a program (runtime/pprof).
package profile

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// mutexFraction is the fraction of contended mutexes that are sampled.
const mutexFraction = 5

// Files names the files that profiles are written to; an empty name is no
// profile.
type Files struct {
	CPU, Memory, Mutex string
}

// Start begins to profile.  The caller must call stop, which writes the
// profiles, when the program ends.
func Start(files Files) (stop func() error, err error) {
	var cpu *os.File
	if files.CPU != "" {
		cpu, err = os.Create(files.CPU)
		if err != nil {
			return nil, fmt.Errorf("CPU profile: %w", err)
		}
		if err := pprof.StartCPUProfile(cpu); err != nil {
			return nil, errors.Join(fmt.Errorf("CPU profile: %w", err), cpu.Close())
		}
	}
	if files.Mutex != "" {
		runtime.SetMutexProfileFraction(mutexFraction)
	}
	return func() error {
		var errs []error
		if cpu != nil {
			pprof.StopCPUProfile()
			errs = append(errs, cpu.Close())
		}
		if files.Memory != "" {
			runtime.GC() // for up-to-date statistics
			errs = append(errs, write("heap", files.Memory))
		}
		if files.Mutex != "" {
			errs = append(errs, write("mutex", files.Mutex))
		}
		return errors.Join(errs...)
	}, nil
}

// write writes one of the profiles that the runtime keeps.
func write(name, file string) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("%s profile: %w", name, err)
	}
	if err := pprof.Lookup(name).WriteTo(f, 0); err != nil {
		return errors.Join(fmt.Errorf("%s profile: %w", name, err), f.Close())
	}
	return f.Close()
}
