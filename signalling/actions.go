package signalling

import "galene/group"

// These messages are the group's business: it checks permissions and tells
// everybody concerned (sections 9 to 12).

func (s *session) chat(m *incoming) error {
	return s.member.Chat(chatRequest(m))
}

func (s *session) userMessage(m *incoming) error {
	return s.member.UserMessage(chatRequest(m))
}

func (s *session) userAction(m *incoming) error {
	return s.member.UserAction(m.Kind, m.Dest, m.Value)
}

func (s *session) groupAction(m *incoming) error {
	return s.member.GroupAction(m.Kind, m.Value)
}

func chatRequest(m *incoming) group.ChatRequest {
	return group.ChatRequest{
		Kind: m.Kind, ID: m.ID, Dest: m.Dest, NoEcho: m.NoEcho, Value: m.Value,
	}
}
