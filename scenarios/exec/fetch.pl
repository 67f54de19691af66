#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# fetch.pl SERVER PORT BYTES - take everything, and fail if it is not so many bytes (leo-exec.ini)
use strict;
use warnings;
use IO::Socket::INET;

my ($server, $port, $bytes) = @ARGV;
my $socket = IO::Socket::INET->new(PeerAddr => $server, PeerPort => $port)
    or die "cannot connect to $server port $port: $!\n";
my ($got, $block) = (0, "");

while (my $n = sysread $socket, $block, 65536) {
	$got += $n;
}
print "$got of $bytes bytes\n";
exit($got == $bytes ? 0 : 1);
