// Package version orders version numbers as the package managers do, a function each.
//
// A function takes any text: what is no valid version still has one place in the
// order, which is total up to equality. It returns a number below, at or above zero as
// cmp.Compare does.
package version
