// Command grpc-constant is a server of gRPC that answers each method it is told of with constant
// octets, which nothing parses or builds: what gRPC for Go can do and no program on it can.
//
//	grpc-constant CERTIFICATE KEY TRUST METHOD=BASE64 …
//
// It serves over mutual TLS 1.3, prints its port and ends with its input.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/mem"
)

// octets takes messages as they came.
type octets struct{}

func (octets) Marshal(message any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*message.(*[]byte))}, nil
}

func (octets) Unmarshal(data mem.BufferSlice, message any) error {
	*message.(*[]byte) = data.Materialize()
	return nil
}

func (octets) Name() string { return "proto" }

func main() {
	if len(os.Args) < 5 {
		log.Fatal("grpc-constant CERTIFICATE KEY TRUST METHOD=BASE64 …")
	}
	config, err := mutual(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)), grpc.ForceServerCodecV2(octets{}))
	services := map[string]*grpc.ServiceDesc{}
	for _, told := range os.Args[4:] {
		method, text, _ := strings.Cut(told, "=")
		answer, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			log.Fatal(err)
		}
		service, name, found := strings.Cut(strings.TrimPrefix(method, "/"), "/")
		if !found {
			log.Fatalf("%s: no method", method)
		}
		if services[service] == nil {
			services[service] = &grpc.ServiceDesc{ServiceName: service, HandlerType: (*any)(nil)}
		}
		one := grpc.MethodDesc{MethodName: name, Handler: constant(answer)}
		services[service].Methods = append(services[service].Methods, one)
	}
	for _, service := range services {
		server.RegisterService(service, nil)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.Serve(listener))
}

func constant(answer []byte) grpc.MethodHandler {
	return func(_ any, _ context.Context, read func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		var asked []byte
		if err := read(&asked); err != nil {
			return nil, err
		}
		return &answer, nil
	}
}

func mutual(certificate, key, trust string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	bundle, err := os.ReadFile(trust)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundle) {
		return nil, fmt.Errorf("%s: no certificate", trust)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientCAs:    pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS13,
	}, nil
}
