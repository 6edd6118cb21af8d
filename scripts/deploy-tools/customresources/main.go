// Command customresources reads Kubernetes manifests (YAML documents) from standard input and
// decodes the ones of cert-manager and the Prometheus operator with those projects' own types,
// strictly: an unknown or repeated field, or a value of the wrong type, is an error. Objects of
// other kinds are passed over. It prints one line per error and exits 1 when there is any, 2 when
// the input can't be read or holds none of these objects.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	yamlstream "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// known makes an empty object for each kind this command judges.
var known = map[string]func() any{
	"cert-manager.io/v1/Certificate":          func() any { return &certmanager.Certificate{} },
	"cert-manager.io/v1/Issuer":               func() any { return &certmanager.Issuer{} },
	"monitoring.coreos.com/v1/ServiceMonitor": func() any { return &monitoring.ServiceMonitor{} },
	"monitoring.coreos.com/v1/PrometheusRule": func() any { return &monitoring.PrometheusRule{} },
}

func main() {
	judged, refused := 0, 0
	documents := yamlstream.NewYAMLReader(bufio.NewReader(os.Stdin))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			giveUp(err)
		}
		var object metav1.PartialObjectMetadata
		if err := yaml.Unmarshal(document, &object); err != nil {
			giveUp(err)
		}
		empty, ok := known[object.APIVersion+"/"+object.Kind]
		if !ok {
			continue
		}
		judged++
		if err := yaml.UnmarshalStrict(document, empty()); err != nil {
			refused++
			fmt.Printf("%s/%s: %v\n", object.Kind, object.Name, err)
		}
	}
	if judged == 0 {
		giveUp(errors.New("no custom resource in the input"))
	}
	fmt.Fprintf(os.Stderr, "%d custom resources judged\n", judged)
	if refused > 0 {
		os.Exit(1)
	}
}

func giveUp(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
