package main

import (
	"strconv"
	"strings"
)

// command is one as it comes on stdin: ID VERB NAME=VALUE ..., parted by tabs.
type command struct {
	id, verb string
	values   map[string]string
}

func parse(text string) command {
	words := strings.Split(text, "\t")
	c := command{words[0], words[1], map[string]string{}}
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		c.values[name] = value
	}
	return c
}

func (c command) text(name, otherwise string) string {
	if value, given := c.values[name]; given {
		return value
	}
	return otherwise
}

func (c command) number(name string, otherwise int) int {
	if value, given := c.values[name]; given {
		number, err := strconv.Atoi(value)
		if err != nil {
			panic(err)
		}
		return number
	}
	return otherwise
}

func (c command) is(name string) bool {
	return c.values[name] == "true"
}
