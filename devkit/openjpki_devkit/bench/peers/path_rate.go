// Paths of four certificates with policies, judged by Go's crypto/x509 on one thread.
//
//	path_rate FOLDER plain|lists
//
// As signer_core/bench's path-rate does it: everything is parsed and verified each time. Each line
// of input is a number of seconds to measure for; each is answered with paths a second.
package main

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

var at = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)

type files struct {
	anchor, first, second []byte
	targets, lists        [][]byte
}

func main() {
	runtime.GOMAXPROCS(1)
	folder, withLists := os.Args[1], os.Args[2] == "lists"
	read := func(name string) []byte {
		octets, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			log.Fatal(err)
		}
		return octets
	}
	have := files{anchor: read("anchor.der"), first: read("first.der"), second: read("second.der")}
	for rest := read("targets.der"); len(rest) > 4; {
		length := 4 + int(rest[2])<<8 + int(rest[3])
		have.targets = append(have.targets, rest[:length])
		rest = rest[length:]
	}
	if withLists {
		have.lists = [][]byte{read("0.crl"), read("1.crl"), read("2.crl")}
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		seconds, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(rate(have, time.Duration(seconds*float64(time.Second))))
	}
}

func rate(have files, length time.Duration) float64 {
	judge(have, 0)
	done, began := 0, time.Now()
	for time.Since(began) < length {
		judge(have, done%len(have.targets))
		done++
	}
	return float64(done) / time.Since(began).Seconds()
}

func judge(have files, number int) {
	anchor, first, second := parse(have.anchor), parse(have.first), parse(have.second)
	target := parse(have.targets[number])
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(anchor)
	between.AddCert(first)
	between.AddCert(second)
	chains, err := target.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil || len(chains) != 1 {
		log.Fatal("not valid: ", err)
	}
	path := chains[0]
	for place, octets := range have.lists {
		list, err := x509.ParseRevocationList(octets)
		if err != nil {
			log.Fatal(err)
		}
		issuer, about := path[len(path)-1-place], path[len(path)-2-place]
		if err := list.CheckSignatureFrom(issuer); err != nil {
			log.Fatal(err)
		}
		if !bytes.Equal(list.RawIssuer, about.RawIssuer) || !at.Before(list.NextUpdate) {
			log.Fatal("another list")
		}
		for _, entry := range list.RevokedCertificateEntries {
			if entry.SerialNumber.Cmp(about.SerialNumber) == 0 {
				log.Fatal("revoked")
			}
		}
	}
}

func parse(octets []byte) *x509.Certificate {
	certificate, err := x509.ParseCertificate(octets)
	if err != nil {
		log.Fatal(err)
	}
	return certificate
}
