package tests

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func init() { probes["sqlite"] = sqliteProbe } // DATABASE MODE: see TestSQLite

// schema has rows whose content follows from their number.
const schema = `CREATE TABLE done (writer INTEGER, n INTEGER, data TEXT, PRIMARY KEY (writer, n));
CREATE INDEX by_data ON done (data, n);`

// SQLite writes to a database in a view, from two processes at once, that are killed
// again and again: it is whole each time, and has what was committed.
func TestSQLite(t *testing.T) {
	needTool(t, "sqlite3")
	ownOpt(t)
	eachBuilder(t, func(t *testing.T, b builder) {
		dir, err := os.MkdirTemp("/opt", "sqlite-")
		if err != nil {
			t.Fatal(err)
		}
		place := b.place(t)
		for _, mode := range []string{"WAL", "DELETE", "TRUNCATE", "PERSIST"} {
			must(t, exec.Command("sqlite3", dir+"/"+mode, "PRAGMA journal_mode = "+mode+";"+schema))
		}
		b.own(t, dir)
		keepLower(t, dir)
		writeFile(t, place+"/deps.toml", "[[rule]]\npath = \"/opt\"\nshow = true\n", 0o644)
		for _, mode := range []string{"WAL", "DELETE", "TRUNCATE", "PERSIST"} {
			must(t, b.run(place, "--deps", place+"/deps.toml", "--from", "dpkg", "--dep", "sqlite3", "--",
				"./probe", "sqlite", dir+"/"+mode, mode))
		}
	})
}

// A writer is a process that commits rows, one after the other.
type writer struct {
	cmd       *exec.Cmd
	committed atomic.Int64
	said      chan string // a complaint, once it has ended
}

// sqliteProbe is what runs in the view.
func sqliteProbe(args []string) error {
	var committed [2]int64
	for range 25 {
		var writers [2]*writer
		for i := range writers {
			w, err := startWriter(args[0], args[1], i, committed[i])
			if err != nil {
				return err
			}
			writers[i] = w
		}
		time.Sleep(time.Duration(20+rand.IntN(60)) * time.Millisecond)
		for i, w := range writers {
			if err := w.cmd.Process.Kill(); err != nil {
				return err
			}
			said := <-w.said
			_ = w.cmd.Wait()
			if status := w.cmd.ProcessState.Sys().(syscall.WaitStatus); said != "" || !status.Signaled() {
				return fmt.Errorf("sqlite3: %s, %s", w.cmd.ProcessState, said)
			}
			committed[i] = max(committed[i], w.committed.Load())
		}
		for i := range committed {
			var err error
			if committed[i], err = checkDatabase(args[0], i, committed[i]); err != nil {
				return err
			}
		}
	}
	if committed[0] == 0 || committed[1] == 0 {
		return fmt.Errorf("%d rows were committed, nothing was tested", committed)
	}
	return nil
}

// startWriter starts a writer that goes on after a row.
func startWriter(file, mode string, number int, after int64) (*writer, error) {
	w := &writer{cmd: exec.Command("sqlite3", "-batch", "-bail", file), said: make(chan string, 1)}
	in, err := w.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.cmd.Stderr = w.cmd.Stdout
	go func() {
		fmt.Fprintf(in, ".timeout 20000\nPRAGMA journal_mode = %s;\n", mode)
		for n := after + 1; ; n++ {
			_, err := fmt.Fprintf(in, "BEGIN IMMEDIATE; INSERT INTO done VALUES (%[1]d, %[2]d, hex(zeroblob(300)) || %[2]d);\n"+
				"UPDATE done SET data = data || '.' WHERE writer = %[1]d AND n = %[2]d - 1 AND data NOT LIKE '%%.'; COMMIT;\nSELECT 'row %[2]d';\n", number, n)
			if err != nil {
				return // it is dead
			}
		}
	}()
	go w.listen(out)
	return w, w.cmd.Start()
}

// listen takes down what was committed. An end in the middle of a word is the kill's.
func (w *writer) listen(out io.Reader) {
	complaint := ""
	for s := bufio.NewScanner(out); s.Scan(); {
		var n int64
		if _, err := fmt.Sscanf(s.Text(), "row %d", &n); err == nil {
			w.committed.Store(n)
		} else if strings.Contains(s.Text(), "rror") {
			complaint = s.Text()
		}
	}
	w.said <- complaint
}

// checkDatabase returns the last row of a writer's, which may be one more than it got
// to say.
func checkDatabase(file string, number int, committed int64) (last int64, err error) {
	out, err := exec.Command("sqlite3", "-batch", "-bail", file, ".timeout 20000", "PRAGMA integrity_check;",
		fmt.Sprintf("SELECT count(*), ifnull(max(n), 0), total(data NOT LIKE hex(zeroblob(300)) || n || '%%') FROM done WHERE writer = %d;", number)).CombinedOutput()
	var rows int64
	var bad float64
	if err == nil {
		_, err = fmt.Sscanf(strings.ReplaceAll(string(out), "|", " "), "ok\n%d %d %g", &rows, &last, &bad)
	}
	if err != nil || rows != last || last < committed || bad != 0 {
		return 0, fmt.Errorf("%s: writer %d committed %d rows, and the database is %q (%v)", file, number, committed, out, err)
	}
	return last, nil
}
