// Package crm stands in for a CRM system, so that the tutorial needs no network.
package crm

import "mortise/runtime/service"

// GetUserIn is what the CRM is asked.
type GetUserIn struct {
	UserName string `json:"UserName" example:"Mike"` // the person's name, in the body or in the query
}

// GetUserOut is what the CRM knows, in its own names.
type GetUserOut struct {
	UserType      string `json:"UserType"`
	AccountNumber string `json:"AccountNumber"`
}

// GetUser returns the type and the account of a person.
func GetUser(ctx *service.Context, in GetUserIn) (GetUserOut, error) {
	if in.UserName == "Nobody" {
		return GetUserOut{}, service.Errorf(service.NotFound, "the CRM does not know %q", in.UserName)
	}
	return GetUserOut{UserType: "RGV", AccountNumber: "123456"}, nil
}
