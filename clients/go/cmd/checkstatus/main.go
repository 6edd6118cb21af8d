// Command checkstatus asks a status service of OpenJPKI whether a certificate still holds.
//
// It prints one line of JSON: the answer on standard output, a refusal on standard error.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	ocspv1 "openjpki.example/go/gen/openjpki/api/ocsp/v1"
	typesv1 "openjpki.example/go/gen/openjpki/api/types/v1"
)

func main() {
	target := flag.String("target", "", "host:port of the status service")
	folder := flag.String("credentials", "", "folder with tls.crt, tls.key and ca.crt")
	domain := flag.String("trust-domain", "", "trust domain of the mesh; none: target's name is checked")
	authority := flag.String("authority", "", "id of the authority that issued the certificate")
	serial := flag.String("serial", "", "serial number of the certificate, hexadecimal")
	flag.Parse()

	answer, err := check(*target, *folder, *domain, *authority, *serial)
	if err != nil {
		_ = json.NewEncoder(os.Stderr).Encode(refusal(err))
		os.Exit(1)
	}
	name := strings.TrimPrefix(answer.GetStatus().String(), "CERTIFICATE_STATUS_")
	_ = json.NewEncoder(os.Stdout).Encode(map[string]any{
		"status":     strings.ToLower(name),
		"reason":     answer.GetReason(),
		"revoked_at": answer.GetRevokedAt(),
	})
}

func check(target, folder, domain, authority, serial string) (*ocspv1.CheckResponse, error) {
	octets, err := hex.DecodeString(serial)
	if err != nil {
		return nil, fmt.Errorf("serial: %w", err)
	}
	mutual, err := mutualTLS(folder, domain)
	if err != nil {
		return nil, err
	}
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(mutual))
	if err != nil {
		return nil, err
	}
	defer connection.Close()

	// Every call carries a deadline: without one the service refuses it.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request := &ocspv1.CheckRequest{AuthorityId: authority, Serial: octets}
	return ocspv1.NewStatusServiceClient(connection).Check(ctx, request)
}

// mutualTLS shows our certificate and takes the status service of this mesh and nobody else;
// without a domain, whoever the mesh has certified for the name that is dialled.
func mutualTLS(folder, domain string) (credentials.TransportCredentials, error) {
	own, err := tls.LoadX509KeyPair(filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"))
	if err != nil {
		return nil, err
	}
	bundle, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(bundle) {
		return nil, errors.New("ca.crt holds no certificate")
	}
	mutual := &tls.Config{
		Certificates: []tls.Certificate{own},
		RootCAs:      trusted,
		MinVersion:   tls.VersionTLS12,
	}
	if domain != "" {
		// In the certificate of this role alone, wherever it runs.
		mutual.ServerName = "ocsp." + domain
	}
	return credentials.NewTLS(mutual), nil
}

// refusal takes the reason from the status and its words from the contract.
func refusal(err error) map[string]any {
	known := status.Convert(err)
	told := map[string]any{"code": known.Code().String(), "message": known.Message()}
	for _, detail := range known.Details() {
		info, ok := detail.(*errdetails.ErrorInfo)
		if !ok || info.GetDomain() != "openjpki" {
			continue
		}
		told["error"] = info.GetReason()
		if entry := catalogue(info.GetReason()); entry != nil {
			told["retryable"] = entry.GetRetryable()
			told["text_ja"] = entry.GetText().GetJa()
			told["text_en"] = entry.GetText().GetEn()
		}
	}
	return told
}

// catalogue is nil for the reason of a newer service: its code still says what to do.
func catalogue(reason string) *typesv1.CatalogueEntry {
	values := typesv1.Reason(0).Descriptor().Values()
	value := values.ByName(protoreflect.Name("REASON_" + reason))
	if value == nil {
		return nil
	}
	entry, _ := proto.GetExtension(value.Options(), typesv1.E_Catalogue).(*typesv1.CatalogueEntry)
	return entry
}
