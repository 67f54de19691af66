#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# serve.pl PORT BYTES - give so many bytes to each client that connects (leo-exec.ini)
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $bytes) = @ARGV;
my $listener = IO::Socket::INET->new(LocalPort => $port, Listen => 5, ReuseAddr => 1)
    or die "cannot listen on port $port: $!\n";
my $block = "x" x 65536;

while (my $client = $listener->accept) {
	for (my $left = $bytes; $left > 0;) {
		my $n = syswrite $client, $block, $left < 65536 ? $left : 65536;
		last unless $n;
		$left -= $n;
	}
	close $client;
}
