# Verifies every signature of messages with Mail::DKIM: a JSON job a line in, a list of "pass", "fail (why)"... a line out, from the top.
# {"message": bytes as code points 0-255, "records": {name: TXT}}
use strict;
use warnings;
use JSON::PP;
use Mail::DKIM::PublicKey;
use Mail::DKIM::Verifier;

my $json = JSON::PP->new->ascii;
my %records;
{
    no warnings 'redefine';
    *Mail::DKIM::PublicKey::fetch_async = sub {
        my ($class, %options) = @_;
        my $name = "$options{Selector}._domainkey.$options{Domain}";
        my $done = $options{Callbacks}->{Success};
        return sub {
            my $record = $records{$name} or return $done->();
            my $key = $class->parse($record);
            return $done->($key);
        };
    };
}

while (my $line = <STDIN>) {
    my $job = $json->decode($line);
    %records = %{$job->{records}};
    my $verifier = Mail::DKIM::Verifier->new();
    $verifier->PRINT($job->{message});
    $verifier->CLOSE;
    print $json->encode([map { $_->result eq 'pass' ? 'pass' : $_->result_detail } $verifier->signatures]), "\n";
}
