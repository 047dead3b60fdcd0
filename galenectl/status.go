package main

import (
	"errors"
	"net/http"
	"net/url"
)

// Exit statuses of failures whose cause is known, if they are asked for (weak spot 2).
const (
	statusCredentials = 3 // missing or wrong, or not enough
	statusNotFound    = 4
	statusConflict    = 5 // it exists already, or somebody else has changed it
	statusNetwork     = 6 // no answer
)

// detailedStatus returns the exit status for an error, 1 if its cause is none of these.
func detailedStatus(err error) int {
	var answer *httpError
	var network *url.Error
	switch {
	case errors.As(err, &answer):
		switch answer.status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
			return statusCredentials
		case http.StatusNotFound:
			return statusNotFound
		case http.StatusConflict, http.StatusPreconditionFailed:
			return statusConflict
		}
	case errors.As(err, &network):
		return statusNetwork
	}
	return 1
}
