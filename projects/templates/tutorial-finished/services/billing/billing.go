// Package billing stands in for a billing system, so that the tutorial needs no
// network.
package billing

import "mortise/runtime/service"

// GetBalanceIn is what the billing system is asked.
type GetBalanceIn struct {
	User string `json:"USER" example:"Mike"` // the person's name
}

// GetBalanceOut is what it answers, in its own names.
type GetBalanceOut struct {
	Balance string `json:"ACC_BALANCE"`
}

// GetBalance returns the balance of a person's account.
func GetBalance(ctx *service.Context, in GetBalanceIn) (GetBalanceOut, error) {
	return GetBalanceOut{Balance: "357.9"}, nil
}
