package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// A node that is gone does not refuse, it is silent.
const dialTimeout = 500 * time.Millisecond

// Makes ports of the cluster reachable on loopback. Each argument is FROM=TO[,TO...]: the first of these addresses that
// can be connected to gets the connection. It ends when it is killed.
func relay(pairs []string) {
	for _, pair := range pairs {
		from, to, _ := strings.Cut(pair, "=")
		listener, err := net.Listen("tcp", from)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go accept(listener, strings.Split(to, ","))
	}
	select {}
}

func accept(listener net.Listener, targets []string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go connect(client.(*net.TCPConn), targets)
	}
}

func connect(client *net.TCPConn, targets []string) {
	defer client.Close()
	for _, target := range targets {
		connection, err := net.DialTimeout("tcp", target, dialTimeout)
		if err != nil {
			continue
		}
		defer connection.Close()
		done := make(chan struct{}, 2)
		go copyTo(connection.(*net.TCPConn), client, done)
		go copyTo(client, connection.(*net.TCPConn), done)
		<-done
		<-done
		return
	}
	// Whoever connected learns that there is nobody as if this port were closed.
	_ = client.SetLinger(0)
}

// When one side has said all, the other one learns it, and may go on.
func copyTo(to, from *net.TCPConn, done chan<- struct{}) {
	_, err := io.Copy(to, from)
	if err != nil {
		_ = to.SetLinger(0)
		to.Close()
		from.Close()
	} else {
		_ = to.CloseWrite()
	}
	done <- struct{}{}
}
