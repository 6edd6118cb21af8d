// Judges certification paths with crypto/x509: one question a line in, "accept" or an error out.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type question struct {
	Target   []byte    `json:"target"`
	Anchors  [][]byte  `json:"anchors"`
	Pool     [][]byte  `json:"pool"`
	Time     time.Time `json:"time"`
	Policies []string  `json:"policies"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		if err := judge(asked); err != nil {
			fmt.Printf("%q\n", err.Error())
		} else {
			fmt.Println("accept")
		}
	}
}

func judge(asked question) error {
	target, err := x509.ParseCertificate(asked.Target)
	if err != nil {
		return err
	}
	options := x509.VerifyOptions{
		Roots:         pool(asked.Anchors),
		Intermediates: pool(asked.Pool),
		CurrentTime:   asked.Time,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	for _, dotted := range asked.Policies {
		policy, err := x509.ParseOID(dotted)
		if err != nil {
			return err
		}
		options.CertificatePolicies = append(options.CertificatePolicies, policy)
	}
	_, err = target.Verify(options)
	return err
}

// What cannot be read is left out.
func pool(ders [][]byte) *x509.CertPool {
	found := x509.NewCertPool()
	for _, der := range ders {
		if certificate, err := x509.ParseCertificate(der); err == nil {
			found.AddCert(certificate)
		}
	}
	return found
}
