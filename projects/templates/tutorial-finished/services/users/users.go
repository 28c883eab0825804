// Package users answers questions about the people we serve.
package users

import (
	"cmp"

	"mortise/runtime/service"
)

// GetDetailsIn is what callers send.
type GetDetailsIn struct {
	Name string `json:"name,omitempty" example:"Mike"` // whom to look up; may be left out
}

// GetDetailsOut is what they get, in our own canonical names.
type GetDetailsOut struct {
	UserType       string `json:"user_type"`
	AccountNo      string `json:"account_no"`
	AccountBalance string `json:"account_balance"`
}

// GetDetails returns user details by the person's name.
func GetDetails(ctx *service.Context, in GetDetailsIn) (GetDetailsOut, error) {
	name := cmp.Or(in.Name, "partner")

	var user struct{ UserType, AccountNumber string }
	if err := ctx.REST("CRM").Get(service.JSON{"UserName": name}).Into(&user); err != nil {
		return GetDetailsOut{}, err
	}
	var balance struct {
		Amount string `json:"ACC_BALANCE"`
	}
	if err := ctx.REST("Billing").Post(nil, service.Query{"USER": name}).Into(&balance); err != nil {
		return GetDetailsOut{}, err
	}
	ctx.Log().Info("returning user details", "name", name)
	return GetDetailsOut{
		UserType:       user.UserType,
		AccountNo:      user.AccountNumber,
		AccountBalance: balance.Amount,
	}, nil
}
