package group

// legacyUsers reads one of the arrays op, presenter and other of the old format.
func (p *parser) legacyUsers(v jsonValue) ([]legacyUser, error) {
	if v.null() {
		return nil, nil
	}
	var users []legacyUser
	err := v.elements(func(entry jsonValue) error {
		user := legacyUser{offset: entry.offset}
		err := entry.members(func(key string, keyOffset int, value jsonValue) (err error) {
			switch key {
			case "username":
				err = value.decode(&user.username)
			case "password":
				user.hasPassword = !value.null()
				user.password, err = parsePassword(value)
			default:
				err = errorAt(keyOffset, "unknown key %q in user entry", key)
			}
			return err
		})
		users = append(users, user)
		return err
	})
	return users, err
}

// upgrade turns the entries of the old format into users.
func (p *parser) upgrade() {
	p.upgradeUsers(p.op, "op")
	p.upgradeUsers(p.presenter, "present")
	p.upgradeUsers(p.other, "message")
}

// upgradeUsers turns the entries of one array into users with the named set.
func (p *parser) upgradeUsers(users []legacyUser, set string) {
	for _, user := range users {
		entry := &UserEntry{
			Password:    user.password,
			permissions: permissionSet{name: set},
			offset:      user.offset,
		}
		if !user.hasPassword {
			entry.Password = Password{kind: "wildcard"}
		}
		switch {
		case user.username == "" && p.d.WildcardUser != nil:
			p.fault(user.offset, "second wildcard user is ignored")
		case user.username == "":
			p.d.WildcardUser = entry
		case p.d.Users[user.username] != nil:
			p.fault(user.offset, "user %q is defined twice, the second one is ignored", user.username)
		default:
			if p.d.Users == nil {
				p.d.Users = make(map[string]*UserEntry)
			}
			p.d.Users[user.username] = entry
		}
	}
}
