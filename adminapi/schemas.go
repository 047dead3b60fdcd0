package adminapi

// schemas are the JSON schemas of what is sent and received.
func schemas() object {
	return object{
		"Group":      groupSchema(),
		"User":       userSchema(),
		"Password":   passwordSchema(),
		"Keys":       keysSchema(),
		"Token":      tokenSchema(),
		"Statistics": statisticsSchema(),
		"Relays":     relaysSchema(),
		"Names":      array(text("")),
		"Text":       text(""),
		"Document":   object{"type": "object", "description": "an OpenAPI document"},
		"Problem": structure("", object{
			"title": text(""), "status": object{"type": "integer"}, "detail": text("what is wrong"),
		}, "title", "status", "detail"),
	}
}

func text(description string) object { return described(object{"type": "string"}, description) }

func flag(description string) object { return described(object{"type": "boolean"}, description) }

func array(items object) object { return object{"type": "array", "items": items} }

func moment(description string) object {
	return described(object{"type": "string", "format": "date-time"}, description)
}

func natural(description string) object {
	return described(object{"type": "integer", "minimum": 0}, description)
}

func described(schema object, description string) object {
	if description != "" {
		schema["description"] = description
	}
	return schema
}

// structure is the schema of an object with the given members.
func structure(description string, properties object, required ...string) object {
	schema := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return described(schema, description)
}

func groupSchema() object {
	return structure("the definition of a group, without users and keys", object{
		"displayName":     text("shown instead of the name"),
		"description":     text("shown on the front page"),
		"contact":         text("not interpreted"),
		"comment":         text("not interpreted"),
		"public":          flag("whether the group is on the front page"),
		"redirect":        text("http or https URL, or path, where the group is instead"),
		"max-clients":     natural("greatest number of members, 0 is no limit"),
		"max-history-age": natural("seconds that chat is kept, 0 is 14400"),
		"not-before":      moment("when the group opens"),
		"expires":         moment("when the group closes"),
		"allow-recording": flag("whether operators may record"),
		"unrestricted-tokens": flag(
			"whether everybody who may present may invite"),
		"auto-subgroups": flag("whether groups below this one need no definition"),
		"autolock":       flag("lock the group when there is no operator"),
		"autokick":       flag("empty the group when there is no operator"),
		"authServer":     text("http or https URL of an authorisation server"),
		"authPortal":     text("http or https URL of an authorisation portal"),
		"codecs": array(object{"enum": []string{
			"vp8", "vp9", "av1", "h264", "h265", "opus", "red", "g722", "pcmu", "pcma",
		}}),
	})
}

func userSchema() object {
	return structure("a user, without password", object{
		"permissions": object{"oneOf": []any{
			object{"enum": []string{"op", "present", "message", "observe", "caption", "admin"}},
			array(text("a permission")),
		}},
	})
}

func passwordSchema() object {
	return object{"oneOf": []any{
		text("the password in clear"),
		structure("", object{
			"type":       text("plain, bcrypt, pbkdf2 or wildcard"),
			"key":        text(""),
			"hash":       text("sha-256, for pbkdf2"),
			"salt":       text("for pbkdf2, in hexadecimal"),
			"iterations": natural("for pbkdf2"),
		}),
	}}
}

func keysSchema() object {
	return structure("a JWK set (RFC 7517)", object{
		"keys": array(structure("", object{
			"kty": object{"enum": []string{"oct", "EC", "RSA"}},
			"alg": object{"enum": []string{"HS256", "HS384", "HS512", "ES256", "RS256"}},
			"kid": text(""),
		}, "kty", "alg")),
	})
}

func tokenSchema() object {
	return structure("a stateful token; token and group are empty, as the path says them", object{
		"token":            object{"const": ""},
		"group":            object{"const": ""},
		"includeSubgroups": flag("whether it is valid below the group, too"),
		"username":         text("the name that its user gets"),
		"permissions":      object{"type": []string{"array", "null"}, "items": text("a permission")},
		"expires":          moment("without it, the token is of no use"),
		"not-before":       moment(""),
		"issuedAt":         moment(""),
		"issuedBy":         text(""),
	})
}

func relaysSchema() object {
	return array(structure("a URL of a TURN server", object{
		"url":   text("as clients are told"),
		"time":  moment("when it was tested"),
		"ok":    flag("whether a message went there and back"),
		"rtt":   described(object{"type": "number", "minimum": 0}, "milliseconds that this took"),
		"total": described(object{"type": "number", "minimum": 0}, "milliseconds with setting up"),
		"error": text("why it failed"),
	}, "url", "time", "ok"))
}

func statisticsSchema() object {
	layer := func() object { return object{"type": "integer", "minimum": 0, "maximum": 255} }
	connections := array(structure("a stream", object{
		"id":          text(""),
		"srtpProfile": text("protection of the packets, once it is connected (RFC 5764)"),
		"tracks": array(structure("", object{
			"sid": layer(), "maxSid": layer(), "tid": layer(), "maxTid": layer(),
			"bitrate":    natural("bit/s"),
			"maxBitrate": natural("bit/s"),
			"loss":       object{"type": "number", "minimum": 0, "maximum": 1},
			"rtt":        described(object{"type": "number"}, "milliseconds"),
			"jitter":     described(object{"type": "number"}, "milliseconds"),

			"codec":     text("as in definitions"),
			"packets":   natural("packets received or sent"),
			"recovered": natural("packets received only when sent again"),
			"missing":   natural("packets that have not come at all"),
			"residualLoss": described(object{"type": "number", "minimum": 0, "maximum": 1},
				"the fraction of these lately"),
			"retransmitted":     natural("packets sent again"),
			"nacks":             natural("packets asked for again"),
			"keyframeRequests":  natural("requests for keyframes"),
			"fullIntraRequests": natural("those of them that are full intra requests"),
			"frames":            natural("frames sent"),
			"framesDropped":     natural("frames of layers that were not sent"),
			"latencyMedian": described(object{"type": "number"},
				"milliseconds within which half of the packets were forwarded"),
			"latencyMost": described(object{"type": "number"},
				"milliseconds within which 99 % of the packets were forwarded"),
			"shard":    object{"type": "integer", "minimum": 1},
			"filtered": natural("packets of layers that were not sent"),
			"target":   natural("bit/s of the layers chosen"),
			"capacity": natural("bit/s that the receiver can take"),
			"paused":   flag("whether nothing is sent for lack of capacity"),
		}, "bitrate", "loss")),
	}, "id", "tracks"))
	return array(structure("a group in memory", object{
		"name": text(""),
		"clients": array(structure("", object{
			"id": text(""), "up": connections, "down": connections,
		}, "id")),
	}, "name"))
}
