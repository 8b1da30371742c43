package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// hello puts GNU hello's source in place.
func (s *site) hello() error {
	source, err := s.source()
	if err != nil {
		return err
	}
	return s.run("cp", "-a", source, "hello")
}

// helloConfigured also configures it, outside of any view.
func (s *site) helloConfigured() error {
	if err := s.hello(); err != nil {
		return err
	}
	return s.run("sh", "-c", "cd hello && ./configure")
}

// cachedHello is where the source is kept from one run of the bench to the next,
// in the user's cache directory.
func cachedHello() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "depview-bench", "hello"), nil
}

// hello returns the directory of GNU hello's source: the one of the flag, or the
// one in the cache, or, unless the bench shall be short, a new one in the cache.
func (b *bench) hello() (string, error) {
	if b.helloDir != "" {
		return filepath.Abs(b.helloDir)
	}
	dir, err := cachedHello()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if b.short {
		return "", errors.New("no source of GNU hello: -hello DIR names one, and without -short it is fetched")
	}
	scratch := filepath.Join(b.dir, "apt")
	source, err := fetchHello(b.ctx, scratch)
	if err != nil {
		return "", fmt.Errorf("apt-get source hello: %w", err)
	}
	defer os.RemoveAll(scratch)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	// The two may be on different file systems; a half copy is never in place.
	if out, err := exec.CommandContext(b.ctx, "cp", "-a", source, dir+".new").CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("%w: %s", err, lastLine(out)), os.RemoveAll(dir+".new"))
	}
	return dir, os.Rename(dir+".new", dir)
}

// fetchHello gets and unpacks the source package with a configuration of apt's in
// dir: the machine's has no sources, as a rule.
func fetchHello(ctx context.Context, dir string) (string, error) {
	targets, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
		"Created-By: Packages", "Origin: Debian").Output()
	if err != nil {
		return "", err
	}
	line := ""
	for t := range strings.Lines(string(targets)) {
		if w := strings.Fields(t); len(w) == 3 && w[2] == "main" && !strings.ContainsAny(w[1], "-/") {
			line = fmt.Sprintf("deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s %s\n", w[0], w[1], w[2])
		}
	}
	if line == "" {
		return "", errors.New("apt knows no Debian archive: apt-get update, on a Debian that has one in its sources.list")
	}
	for _, d := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return "", err
		}
	}
	if err := os.WriteFile(dir+"/sources.list", []byte(line), 0o644); err != nil {
		return "", err
	}
	for _, args := range [][]string{{"update"}, {"source", "hello"}} {
		cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-qq",
			"-o", "Dir::Etc::SourceList=" + dir + "/sources.list", "-o", "Dir::Etc::SourceParts=/dev/null",
			"-o", "Dir::State::Lists=" + dir + "/lists", "-o", "Dir::Cache=" + dir + "/cache",
			"-o", "APT::Sandbox::User="}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w: %s", err, lastLine(out))
		}
	}
	found, _ := filepath.Glob(dir + "/hello-*/configure")
	if len(found) != 1 {
		return "", fmt.Errorf("it left %q", found)
	}
	return filepath.Dir(found[0]), nil
}
