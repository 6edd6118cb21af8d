// Signatures a second of Go's crypto/rsa: RSA-2048, PKCS #1 v1.5, SHA-256, messages of 64 octets.
//
//	sign_rate THREADS
//
// Each line of input is a number of seconds to measure for; each is answered with a line.
package main

import (
	"bufio"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	threads, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		seconds, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(rate(key, threads, time.Duration(seconds*float64(time.Second))))
	}
}

// rate counts the signatures of all threads.
func rate(key *rsa.PrivateKey, threads int, length time.Duration) float64 {
	sign(key)
	var signed atomic.Int64
	var running sync.WaitGroup
	began := time.Now()
	for range threads {
		running.Add(1)
		go func() {
			defer running.Done()
			for time.Since(began) < length {
				sign(key)
				signed.Add(1)
			}
		}()
	}
	running.Wait()
	return float64(signed.Load()) / time.Since(began).Seconds()
}

func sign(key *rsa.PrivateKey) {
	var message [64]byte
	digest := sha256.Sum256(message[:])
	if _, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:]); err != nil {
		log.Fatal(err)
	}
}
