// Apache's Go client, told on stdin what to do, each command on a goroutine of its own. What it did and saw goes to
// stdout, a line of JSON for each operation and each answered command. Ends with stdin.
//
// Argument: NAMESRV. harness/clients.py lists the commands.
package main

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"sync"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/admin"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

var (
	resolver primitive.NsResolver
	senders  sync.Map // name: *sender
	stops    sync.Map // name: func() error
)

func main() {
	resolver = primitive.NewPassthroughResolver([]string{os.Args[1]})
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		go obey(parse(in.Text()))
	}
}

func obey(c command) {
	reply := line{"reply": c.id}
	defer func() {
		if failure := recover(); failure != nil {
			line{"reply": c.id, "why": fmt.Sprint(failure)}.write()
			return
		}
		reply.write()
	}()
	if err := run(c, reply); err != nil {
		panic(err)
	}
}

func run(c command, reply line) error {
	name := c.text("name", "")
	switch c.verb {
	case "producer":
		s, err := newSender(c)
		if err != nil {
			return err
		}
		senders.Store(name, s)
		stops.Store(name, s.stop)
	case "send":
		return senderOf(c).send(c)
	case "halt":
		senderOf(c).halted.Store(true)
	case "request":
		return senderOf(c).request(c)
	case "consumer", "lite", "replier":
		begin := map[string]func(command) (func() error, error){
			"consumer": startPush, "lite": startPull, "replier": startReplier}[c.verb]
		stop, err := begin(c)
		if err != nil {
			return err
		}
		stops.Store(name, stop)
	case "stop":
		stop, _ := stops.LoadAndDelete(name)
		return stop.(func() error)()
	case "offers":
		reply["offers"] = offers()
	default:
		return fmt.Errorf("no such command: %s", c.verb)
	}
	return nil
}

func senderOf(c command) *sender {
	s, _ := senders.Load(c.text("producer", ""))
	return s.(*sender)
}

// offers names all that can be called of what the library hands out.
func offers() []string {
	anAdmin, err := admin.NewAdmin(admin.WithResolver(resolver))
	if err != nil {
		panic(err)
	}
	var names []string
	for name, what := range map[string]reflect.Type{
		"Producer":     reflect.TypeOf((*rocketmq.Producer)(nil)).Elem(),
		"PushConsumer": reflect.TypeOf((*rocketmq.PushConsumer)(nil)).Elem(),
		"PullConsumer": reflect.TypeOf((*rocketmq.PullConsumer)(nil)).Elem(),
		"Admin":        reflect.TypeOf(anAdmin),
	} {
		for i := 0; i < what.NumMethod(); i++ {
			names = append(names, name+"."+what.Method(i).Name)
		}
	}
	return names
}
