package rpm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// A header is an RPM header as the database keeps it, without the magic number that a
// package file has in front: the number of entries, the length of the data, the
// entries of 16 bytes each (tag, type, offset into the data, count), the data. All
// numbers are big-endian (lib/header.c of rpm).
type header struct {
	entries, data []byte
}

// A tag names a value of a header (include/rpm/rpmtag.h).
type tag uint32

// The tags that are read.
const (
	tagName           tag = 1000
	tagVersion        tag = 1001
	tagRelease        tag = 1002
	tagEpoch          tag = 1003
	tagArch           tag = 1022
	tagFileStates     tag = 1029
	tagProvideName    tag = 1047
	tagRequireFlags   tag = 1048
	tagRequireName    tag = 1049
	tagRequireVersion tag = 1050
	tagProvideFlags   tag = 1112
	tagProvideVersion tag = 1113
	tagDirIndexes     tag = 1116
	tagBaseNames      tag = 1117
	tagDirNames       tag = 1118
	tagRecommendName  tag = 5046
	tagRecommendVers  tag = 5047
	tagRecommendFlags tag = 5048
	tagSuggestName    tag = 5049
	tagSuggestVersion tag = 5050
	tagSuggestFlags   tag = 5051
)

var tagNames = map[tag]string{
	tagName: "NAME", tagVersion: "VERSION", tagRelease: "RELEASE", tagEpoch: "EPOCH", tagArch: "ARCH",
	tagFileStates: "FILESTATES", tagDirIndexes: "DIRINDEXES", tagBaseNames: "BASENAMES", tagDirNames: "DIRNAMES",
	tagProvideName: "PROVIDENAME", tagProvideFlags: "PROVIDEFLAGS", tagProvideVersion: "PROVIDEVERSION",
	tagRequireName: "REQUIRENAME", tagRequireFlags: "REQUIREFLAGS", tagRequireVersion: "REQUIREVERSION",
	tagRecommendName: "RECOMMENDNAME", tagRecommendFlags: "RECOMMENDFLAGS", tagRecommendVers: "RECOMMENDVERSION",
	tagSuggestName: "SUGGESTNAME", tagSuggestFlags: "SUGGESTFLAGS", tagSuggestVersion: "SUGGESTVERSION",
}

func (t tag) String() string { return fmt.Sprintf("tag %d (%s)", uint32(t), tagNames[t]) }

// The types of values that the tags above have.
const (
	typeChar        = 1
	typeInt8        = 2
	typeInt32       = 4
	typeString      = 6
	typeStringArray = 8
	typeI18NString  = 9
)

const (
	introSize = 8
	entrySize = 16
	maxTags   = 0xffff   // as rpm has it (HEADER_TAGS_MAX)
	maxHeader = 64 << 20 // rpm: 256 MiB, for signatures of single files
	maxValues = 0xfffff  // of one tag (HEADER_ARRAY_MAX)
)

// parseHeader looks at the outer form; each value is checked when it is asked for.
func parseHeader(blob []byte) (header, error) {
	if len(blob) < introSize || len(blob) > maxHeader {
		return header{}, fmt.Errorf("a header of %d bytes", len(blob))
	}
	entries, data := binary.BigEndian.Uint32(blob), binary.BigEndian.Uint32(blob[4:])
	if entries == 0 || entries > maxTags || uint64(len(blob)) != introSize+entrySize*uint64(entries)+uint64(data) {
		return header{}, fmt.Errorf("a header of %d bytes tells of %d tags and %d bytes of data", len(blob), entries, data)
	}
	end := introSize + entrySize*int(entries)
	return header{blob[introSize:end], blob[end:]}, nil
}

// find returns type, count, and the data from the value on. The last entry of a tag
// counts: rpm adds to a header what it learns on installation, behind what the package
// came with, and takes that in its place.
func (h header) find(t tag) (kind, count uint32, data []byte, err error) {
	for at := len(h.entries) - entrySize; at >= 0; at -= entrySize {
		e := h.entries[at:]
		if tag(binary.BigEndian.Uint32(e)) != t {
			continue
		}
		kind, count = binary.BigEndian.Uint32(e[4:]), binary.BigEndian.Uint32(e[12:])
		offset := binary.BigEndian.Uint32(e[8:])
		if uint64(offset) > uint64(len(h.data)) || count == 0 || count > maxValues {
			return 0, 0, nil, fmt.Errorf("%s: %d values at offset %d of %d", t, count, offset, len(h.data))
		}
		return kind, count, h.data[offset:], nil
	}
	return 0, 0, nil, nil
}

// text returns a string, empty where there is none.
func (h header) text(t tag) (string, error) {
	kind, count, data, err := h.find(t)
	if err != nil || count == 0 {
		return "", err
	}
	if kind != typeString && kind != typeI18NString && kind != typeStringArray {
		return "", wrongType(t, kind)
	}
	end := bytes.IndexByte(data[:min(len(data), maxText)], 0)
	if end < 0 {
		return "", fmt.Errorf("%s: the string has no end", t)
	}
	return string(data[:end]), nil
}

// maxText bounds one string: names, versions and paths are much shorter.
const maxText = 64 << 10

// texts returns a list of strings, none where there are none.
func (h header) texts(t tag) ([]string, error) {
	kind, count, data, err := h.find(t)
	if err != nil || count == 0 {
		return nil, err
	}
	if kind != typeStringArray && kind != typeString && kind != typeI18NString {
		return nil, wrongType(t, kind)
	}
	end := 0
	for range count {
		length := bytes.IndexByte(data[end:], 0)
		if length < 0 {
			return nil, fmt.Errorf("%s: fewer than %d strings", t, count)
		}
		end += length + 1
	}
	list, all := make([]string, count), string(data[:end]) // one copy for all
	for i := range list {
		list[i], all, _ = strings.Cut(all, "\x00")
	}
	return list, nil
}

// numbers returns a list of integers, none where there are none.
func (h header) numbers(t tag) ([]uint32, error) {
	kind, count, data, err := h.find(t)
	if err != nil || count == 0 {
		return nil, err
	}
	size := 4
	switch kind {
	case typeInt32:
	case typeChar, typeInt8:
		size = 1
	default:
		return nil, wrongType(t, kind)
	}
	if len(data)/size < int(count) {
		return nil, fmt.Errorf("%s: fewer than %d numbers", t, count)
	}
	list := make([]uint32, count)
	for i := range list {
		if size == 1 {
			list[i] = uint32(data[i])
		} else {
			list[i] = binary.BigEndian.Uint32(data[4*i:])
		}
	}
	return list, nil
}

func wrongType(t tag, kind uint32) error { return fmt.Errorf("%s: a value of type %d", t, kind) }
