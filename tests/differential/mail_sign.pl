# Signs messages with Mail::DKIM and seals them with Mail::DKIM::ARC: a JSON job a line in, the message with the new fields a line out, both
# in JSON with bytes as code points 0-255. {"message", "kind": "dkim" or "arc", "key": FILE, ...the signer's own options}
use strict;
use warnings;
use JSON::PP;
use Mail::DKIM::ARC::Signer;
use Mail::DKIM::Signer;
use Mail::DKIM::TextWrap;

my $json = JSON::PP->new->ascii;

sub run {
    my ($job) = @_;
    my %options = (KeyFile => $job->{key}, Domain => $job->{domain}, Selector => $job->{selector}, Algorithm => 'rsa-sha256');
    my $signer;
    if ($job->{kind} eq 'arc') {
        $signer = Mail::DKIM::ARC::Signer->new(%options, SrvId => $job->{authserv_id}, Chain => 'ar', Timestamp => $job->{time});
    }
    else {
        $signer = Mail::DKIM::Signer->new(%options, Method => $job->{canonicalization});
        $signer->extended_headers($job->{headers});
    }
    $signer->PRINT($job->{message});
    $signer->CLOSE;
    my @fields = $job->{kind} eq 'arc' ? $signer->as_strings : map { $_->as_string } $signer->signatures;
    die "nothing was signed: " . ($signer->{details} // '') if not @fields;
    return join('', map { "$_\r\n" } @fields) . $job->{message};
}

while (my $line = <STDIN>) {
    print $json->encode([run($json->decode($line))]), "\n";
}
