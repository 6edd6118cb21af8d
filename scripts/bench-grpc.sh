#!/usr/bin/env bash
# Builds the peer of status over gRPC, grpc-constant, under build/tools/bin from the modules locked in
# scripts/bench-peers/go.sum (some seconds; a second run ends at once).
source "$(dirname "$0")/deploy-go.sh" bench-grpc bench-peers

built grpc-constant "$locked"/main.go && exit
go=$(find_go)
say "building grpc-constant from source"
(cd "$locked" && "$go" build -o "$tools/bin/grpc-constant" .)
built_now "$locked"/main.go
