package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"modernc.org/sqlite"
)

// A connector makes connections whose errors are one line each. SQLite's own may quote the
// schema, which is the file's, with its line ends and escape sequences.
type connector struct{ driver.Connector }

func newConnector(name string) (driver.Connector, error) {
	c, err := sqlite.NewConnector(name)
	return connector{c}, err
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, oneLine(err)
	}
	return conn{inner.(innerConn)}, nil
}

// An innerConn is what the driver's connections are.
type innerConn interface {
	driver.Conn
	driver.QueryerContext
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type conn struct{ innerConn }

func (c conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return wrapRows(c.innerConn.QueryContext(ctx, query, args))
}

func (c conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.innerConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, oneLine(err)
	}
	return stmt{s.(innerStmt)}, nil
}

func (c conn) Ping(ctx context.Context) error { return oneLine(c.innerConn.Ping(ctx)) }

type innerStmt interface {
	driver.Stmt
	driver.StmtQueryContext
}

type stmt struct{ innerStmt }

func (s stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return wrapRows(s.innerStmt.QueryContext(ctx, args))
}

type rows struct{ driver.Rows }

func wrapRows(r driver.Rows, err error) (driver.Rows, error) {
	if err != nil {
		return nil, oneLine(err)
	}
	return rows{r}, nil
}

func (r rows) Next(dest []driver.Value) error { return oneLine(r.Rows.Next(dest)) }

// An errorLine is an error in other words.
type errorLine struct {
	text string
	err  error
}

func (e errorLine) Error() string { return e.text }
func (e errorLine) Unwrap() error { return e.err }

// maxLine bounds the length of a message, in bytes.
const maxLine = 400

// oneLine makes an error's text one line that can be shown.
func oneLine(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, driver.ErrBadConn) {
		return err
	}
	text := err.Error()
	short := strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text[:min(maxLine, len(text))]), "")
	if len(text) > maxLine {
		short += "…"
	}
	if short == text {
		return err
	}
	return errorLine{short, err}
}
