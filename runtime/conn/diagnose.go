package conn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Diagnosis is an error of the network in words that help.
type Diagnosis struct {
	Stage     string // "name", "connect", "tls" or "answer"; "" where it is not known
	What      string // what went wrong
	Hint      string // what to try
	Unsent    bool   // nothing was sent, so that trying again cannot do a thing twice
	Permanent bool   // trying again cannot help
}

// Diagnose says what an error of the network means and what to try.
func Diagnose(err error) Diagnosis {
	if d, ok := diagnoseTLS(err); ok {
		return d
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return diagnoseName(dns)
	}
	dial := false
	if op, ok := errors.AsType[*net.OpError](err); ok {
		dial = op.Op == "dial" || op.Op == "proxyconnect"
	}
	d := Diagnosis{Stage: "answer", Unsent: dial}
	if dial {
		d.Stage = "connect"
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		d.What, d.Hint = "the connection was refused", "is the server started, and is the port right?"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		d.What, d.Hint = "there is no route to the host", "check the network, a VPN and the firewall"
	case timedOut(err) && dial:
		d.What, d.Hint = "nobody answered the call", "a firewall may drop it; check the address, the port, a VPN and the proxy"
	case timedOut(err):
		d.What, d.Hint = "the answer did not come in time", "the server is slow or stuck; a longer timeout may help"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		d.What, d.Hint = "the server broke the connection off", "its log may say why"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		d.What, d.Hint = "the server closed the connection before it had answered", "its log may say why"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		d.Stage, d.What, d.Hint = "tls", "the server speaks HTTP there, not HTTPS", "use an address that starts with http://"
		d.Unsent, d.Permanent = true, true
	case strings.Contains(err.Error(), "malformed HTTP"):
		d.What, d.Hint, d.Permanent = "what answers there does not speak HTTP", "does the port belong to TLS, or to another server?", true
	default:
		d.What = err.Error()
	}
	return d
}

func diagnoseName(e *net.DNSError) Diagnosis {
	d := Diagnosis{Stage: "name", Unsent: true, What: "the name " + quote(e.Name) + " could not be resolved"}
	switch {
	case e.IsNotFound:
		d.What, d.Hint = "there is no host called "+quote(e.Name), "check the spelling; a name inside a company may need a VPN"
	case e.IsTimeout:
		d.Hint = "the name server does not answer: is the network there?"
	default:
		d.Hint = "the name server had an error; try it again later"
	}
	return d
}

func diagnoseTLS(err error) (Diagnosis, bool) {
	d := Diagnosis{Stage: "tls", Unsent: true, Permanent: true}
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		d.What, d.Hint = "the server's certificate is signed by an authority that is not known here", "put the authority's certificate into tls.ca"
		if e.Cert != nil && e.Cert.Issuer.CommonName != "" {
			d.What += ": " + quote(e.Cert.Issuer.CommonName)
		}
		return d, true
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		d.What = "the server's certificate is not for " + quote(e.Host)
		if e.Certificate != nil && len(e.Certificate.DNSNames) > 0 {
			names := e.Certificate.DNSNames
			d.What += " but for " + strings.Join(names[:min(len(names), 5)], ", ")
		}
		d.Hint = "use the name that stands in the certificate"
		return d, true
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		d.What, d.Hint = "the server's certificate is not valid: "+e.Error(), "tell those who run the server"
		if e.Reason == x509.Expired && e.Cert != nil {
			d.What = "the server's certificate has expired on " + e.Cert.NotAfter.Format(time.DateOnly)
			if time.Now().Before(e.Cert.NotBefore) {
				d.What = "the server's certificate is valid only from " + e.Cert.NotBefore.Format(time.DateOnly)
			}
			d.Hint = "tell those who run the server; is the clock of this machine right?"
		}
		return d, true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		d.What, d.Hint = "the server does not speak TLS there", "use an address that starts with http://, or another port"
		return d, true
	}
	if e, ok := errors.AsType[tls.AlertError](err); ok {
		d.What, d.Hint = "the server refused TLS: "+e.Error(), "it may want a client certificate or another version of TLS (1.2 and 1.3 are spoken here)"
		return d, true
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		d.What, d.Hint = "the server's certificate could not be verified: "+e.Err.Error(), "check tls.ca"
		return d, true
	}
	return d, false
}

func timedOut(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

func quote(s string) string { return strconv.Quote(s) }
