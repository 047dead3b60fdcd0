package group

// Status is what is published about a group, over HTTP and in joined messages
// (spec 6.6).
type Status struct {
	Name     string `json:"name"`
	Redirect string `json:"redirect,omitempty"`
	// Location and Endpoint are for the web server to fill in.
	Location    string `json:"location,omitempty"`
	Endpoint    string `json:"endpoint,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
	Description string `json:"description,omitempty"`
	AuthServer  string `json:"authServer,omitempty"`
	AuthPortal  string `json:"authPortal,omitempty"`
	Locked      bool   `json:"locked,omitempty"`
	// ClientCount is nil where it is not published.
	ClientCount       *int `json:"clientCount,omitempty"`
	CanChangePassword bool `json:"canChangePassword,omitempty"`
}
