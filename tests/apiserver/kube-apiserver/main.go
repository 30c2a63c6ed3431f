// Command kube-apiserver is the Kubernetes API server as it is released, built
// from its Go module: the tests beside it need no release binaries.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	server := app.NewAPIServerCommand()
	os.Exit(cli.Run(server))
}
