package token

import "fmt"

// unusable makes an error that wraps ErrUnusable.
func unusable(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUnusable, fmt.Errorf(format, args...))
}
