#!/usr/bin/env bash
# Builds grpcurl under build/tools/bin from the version locked in scripts/deploy-tools/grpcurl/go.sum
# (half a minute the first time; a second run ends at once).
source "$(dirname "$0")/deploy-go.sh" deploy-grpcurl deploy-tools/grpcurl

built grpcurl && exit
go=$(find_go)
say "building grpcurl from source (half a minute, once)"
(cd "$locked" && "$go" build -o "$tools/bin/grpcurl" github.com/fullstorydev/grpcurl/cmd/grpcurl)
built_now
