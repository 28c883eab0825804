// Package e2e drives the Studio as a person does: a real browser, a real project
// in a folder of its own, real services in real workers. It speaks W3C WebDriver
// (https://www.w3.org/TR/webdriver2/) to chromedriver.
//
// A test opens a Studio and says what the person does and what they see:
//
//	func TestInvoke(t *testing.T) {
//		s := suite.Open(t, e2e.Options{Template: "tutorial-finished"})
//		s.Page.Click("explorer-item-users.GetDetails")
//		s.Page.Fill("invoke-text", "name=Mike")
//		s.Page.Click("invoke-run")
//		s.Page.WaitText("response-body", "123456")
//	}
//
// Elements are named by their data-testid. Each step waits until it can be done,
// for up to Patience, and fails the test with what the page shows, what its
// console says and a picture of it; so no test sleeps, and none asserts a time. At
// the end of a test the console must hold no error.
//
// One browser process serves all tests of a package; each test has a tab of its
// own and its own Studio, home folder and project. Tests of one browser run one
// after the other: only one tab has the focus.
//
// The same tests run in the real window: the variable MORTISE_E2E_WINDOW names a
// mortise with a window, built with the tag e2e, which is driven through
// WebKitWebDriver on an X server of its own. What a window cannot be told, such as
// the system's colours, skips there.
//
// Where there is no chromedriver or no bundled page, tests skip and say what to
// do; go run ./build/dev test brings both. Pictures go to the folder of the
// test's artifacts: go test ./app/e2e -artifacts -outputdir DIR keeps them.
package e2e
