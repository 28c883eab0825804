// Package web serves the Studio to browsers of this machine: the page, and the
// pipe between it and the Studio over a WebSocket.
//
// A browser holds pages of strangers beside ours, so each of these stands between
// them and the Studio:
//
//   - The server listens on a loopback address only and answers only requests
//     whose Host is one. A stranger's name that is made to point here (DNS
//     rebinding) is refused.
//   - Whoever starts the Studio gets an address with a random token behind the
//     "#", which browsers neither send nor log. The page posts it to /session, once,
//     and gets a cookie that no script reads and no other site sends.
//   - The pipe needs that cookie, and an Origin that is the page's own.
//   - The page may load nothing from anywhere else, run no script that is not one
//     of its files, and be framed by nobody.
//
// What a page does, in this order:
//
//	POST /session  body: the token    204 and a cookie, or 401
//	GET  /session                     204 where the cookie is good, or 401
//	GET  /pipe                        the WebSocket; a text message is one frame
//
// A page that lost the pipe asks GET /session: 401 says that the Studio was
// started anew and has to be opened by its new address, no answer that it is not
// there. A page that connects again is told the present state of everything, as
// at first. Only one frame of a page's state is under way at a time: what a slow
// page did not take yet is replaced by what is newer, by the session.
package web
