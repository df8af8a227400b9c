// Everything of Kubernetes that a small cluster needs, in one program that is built once. What it does is decided by the
// name that it is called by, a symbolic link.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/restclient"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
	metrics "sigs.k8s.io/metrics-server/cmd/metrics-server/app"
)

var commands = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllers.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	"kube-proxy":              proxy.NewProxyCommand,
	"metrics-server": func() *cobra.Command {
		return metrics.NewMetricsServerCommand(genericapiserver.SetupSignalHandler())
	},
}

func main() {
	name := filepath.Base(os.Args[0])
	switch name {
	case "coredns":
		serveNames()
		return
	case "relay":
		relay(os.Args[1:])
		return
	case "volumes":
		provideVolumes(os.Args[1:])
		return
	}
	command, isKnown := commands[name]
	if !isKnown {
		fmt.Fprintf(os.Stderr, "%s is no part of Kubernetes that is in this program\n", name)
		os.Exit(2)
	}
	os.Exit(cli.Run(command()))
}
