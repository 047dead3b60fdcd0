package token

import "maps"

// DeleteGroup removes all tokens that are bound to exactly this group.
func (s *Store) DeleteGroup(group string) error {
	if s.absent() {
		return nil
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.load(); err != nil {
		return err
	}
	tokens := maps.Clone(s.tokens)
	maps.DeleteFunc(tokens, func(_ string, t *Token) bool { return t.Group == group })
	if len(tokens) == len(s.tokens) {
		return nil
	}
	return s.rewrite(tokens)
}
