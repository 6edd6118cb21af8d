// Command podsecurity reads Kubernetes manifests (YAML documents) from standard input and judges
// every pod template in them against the "restricted" pod security profile, with the same code
// the API server's admission runs. It prints one line per finding and exits 1 when there is any,
// 2 when the input can't be read.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	yamlstream "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

func main() {
	findings, pods, err := judge(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, finding := range findings {
		fmt.Println(finding)
	}
	fmt.Fprintf(os.Stderr, "%d pod templates judged\n", pods)
	if len(findings) > 0 {
		os.Exit(1)
	}
}

func judge(input io.Reader) (findings []string, pods int, err error) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, 0, err
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	documents := yamlstream.NewYAMLReader(bufio.NewReader(input))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		name, template, err := podTemplate(document)
		if err != nil {
			return nil, 0, err
		}
		if template == nil {
			continue
		}
		pods++
		for _, result := range evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec) {
			if !result.Allowed {
				findings = append(findings, fmt.Sprintf("%s: %s: %s", name, result.ForbiddenReason, result.ForbiddenDetail))
			}
		}
	}
	if pods == 0 {
		return nil, 0, errors.New("no pod template in the input")
	}
	return findings, pods, nil
}

// podTemplate gives the pod template of a workload, nil for an object that runs no pod.
func podTemplate(document []byte) (string, *corev1.PodTemplateSpec, error) {
	var object metav1.PartialObjectMetadata
	if err := yaml.Unmarshal(document, &object); err != nil {
		return "", nil, err
	}
	name := object.Kind + "/" + object.Name
	var template *corev1.PodTemplateSpec
	var workload any
	switch object.Kind {
	case "Deployment":
		deployment := &appsv1.Deployment{}
		workload, template = deployment, &deployment.Spec.Template
	case "StatefulSet":
		set := &appsv1.StatefulSet{}
		workload, template = set, &set.Spec.Template
	case "DaemonSet":
		set := &appsv1.DaemonSet{}
		workload, template = set, &set.Spec.Template
	case "Job":
		job := &batchv1.Job{}
		workload, template = job, &job.Spec.Template
	case "CronJob":
		job := &batchv1.CronJob{}
		workload, template = job, &job.Spec.JobTemplate.Spec.Template
	default:
		return name, nil, nil
	}
	if err := yaml.UnmarshalStrict(document, workload); err != nil {
		return "", nil, fmt.Errorf("%s: %w", name, err)
	}
	return name, template, nil
}
