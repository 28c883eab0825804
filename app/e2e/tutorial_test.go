package e2e_test

import (
	"testing"

	"mortise/app/e2e"
)

// TestInvoke selects the finished tutorial's service and invokes it.
func TestInvoke(t *testing.T) {
	s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
	s.Page.Click("explorer-item-users.GetDetails")
	s.Page.Fill("invoke-text", "name=Mike")
	s.Page.Click("invoke-run")
	s.Page.WaitText("response-body", "123456")
	s.Page.Picture("invoked")
}
