# Evaluates SPF cases with Mail::SPF: a case a line in, [result, explanation, reason] in JSON a line out. DNS is the zone of each line.
# A case is written as compare_spf.flat() does: Perl's own JSON reader would take longer than Mail::SPF.
use strict;
use warnings;
BEGIN { *CORE::GLOBAL::time = sub { 1700000000 } }
use JSON::PP;
use Mail::SPF;

my $json = JSON::PP->new->ascii;
my %zone;

package Fake::Packet {
    sub new { my ($class, $code, @rows) = @_; return bless {code => $code, rows => \@rows}, $class }
    sub header { return $_[0] }
    sub rcode { return $_[0]{code} }
    sub answer { return @{$_[0]{rows}} }
}

package Fake::Row {
    sub type { return $_[0]{type} }
    sub address { return $_[0]{data}[0] }
    sub ptrdname { return $_[0]{data}[0] }
    sub exchange { return $_[0]{data}[0] }
    sub char_str_list { return @{$_[0]{data}} }
}

package Fake::Resolver {
    my $error = '';
    sub errorstring { return $error }

    sub send {
        my ($self, $name, $type) = @_;
        $error = '';
        my $entry;
        for (0 .. 8) {
            $entry = $zone{lc($name =~ s/\.$//r)} or return Fake::Packet->new('NXDOMAIN');
            my $fails = $entry->{"fails *"} || $entry->{"fails $type"};
            if ($fails) { $error = 'query timed out'; return }
            last if not defined $entry->{CNAME};
            $name = $entry->{CNAME}[0][0];
        }
        return Fake::Packet->new('NXDOMAIN') if not %$entry;
        return Fake::Packet->new('NOERROR', map { bless {type => $type, data => $_}, 'Fake::Row' } @{$entry->{$type} || []});
    }
}

package main;

my $server = Mail::SPF::Server->new(
    dns_resolver                  => bless({}, 'Fake::Resolver'),
    hostname                      => 'mx.example.org',
    query_rr_types                => Mail::SPF::Server->query_rr_type_txt,
    default_authority_explanation => '',
);

sub evaluate {
    my ($ip, $helo, $mail_from, @rows) = @_;
    %zone = ();
    for (@rows) {
        my ($name, $type, @data) = split /\x1f/, $_, -1;
        push @{$zone{$name}{$type}}, \@data;
    }
    my @identity = $mail_from eq '' ? (scope => 'helo', identity => $helo)
        : (scope => 'mfrom', identity => $mail_from, helo_identity => $helo);
    # Records of Sender ID, which Mail::SPF can read too, are another protocol.
    my ($result, $explanation);
    my $done = eval {
        $result = $server->process(Mail::SPF::Request->new(@identity, versions => [1], ip_address => $ip));
        $explanation = $result->code eq 'fail' ? eval { $result->authority_explanation . '' } // '' : '';
        1;
    };
    return ['crash', '', "$@"] if not $done;
    return [$result->code, $explanation, $result->text // ''];
}

binmode STDIN, ':encoding(latin-1)';
while (my $line = <STDIN>) {
    chomp $line;
    print $json->encode(evaluate(split /\x1e/, $line, -1)), "\n";
}
