package tables

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
)

// Options are what a user says of a file that is read.
type Options struct {
	Format      string    // Format.ID; "": found from the content
	Name        string    // what a report calls it, and its id; "": the publication's
	ContentDate time.Time // when the file does not say; zero: it must
	Licence     string    // "": that of the publication
	Tick        func(read int64)
}

// User is Manifest.SuppliedBy of every table that is read here.
const User = "user"

// NoDateError says that neither the file nor the user told of which date the
// content is.
type NoDateError struct{ File, Format string }

func (e *NoDateError) Error() string {
	return fmt.Sprintf("%s (%s) does not say of which date its content is, and without that nobody can say whether it was fresh when a capture was made; give the day it was published with --content-date 2026-06-01", e.File, e.Format)
}

// Read makes a table of a file or a folder.
func Read(file string, o Options) (*Table, error) {
	in, err := open(file, o.Tick)
	if err != nil {
		return nil, err
	}
	return read(in, o)
}

func read(in *input, o Options) (*Table, error) {
	f, err := formatOf(in, o.Format)
	if err != nil {
		return nil, err
	}
	d := &draft{Manifest: Manifest{Format: f.ID, Kind: f.Kind, SuppliedBy: User, File: in.name, Sealable: true}}
	if err := f.read(in, d); err != nil {
		if !strings.HasPrefix(err.Error(), in.path) {
			err = fmt.Errorf("%s: %w", in.path, err)
		}
		return nil, fmt.Errorf("%w (read as %s)", err, f.ID)
	}
	if err := d.flush(); err != nil {
		return nil, fmt.Errorf("%s: %w (read as %s)", in.path, err, f.ID)
	}
	if d.Rows == 0 {
		return nil, fmt.Errorf("%s: no row in it says anything (%d were skipped): it would be no use (read as %s)", in.path, d.Skipped, f.ID)
	}
	d.settle(o)
	if d.ContentDate == "" {
		return nil, &NoDateError{in.path, f.ID}
	}
	if d.ID == "" {
		return nil, fmt.Errorf("%s: no name to know it by: give one with --name", in.path)
	}
	if d.SHA256, err = in.sum(); err != nil {
		return nil, err
	}
	t, err := d.table()
	if err != nil {
		return nil, fmt.Errorf("%s: %w (read as %s)", in.path, err, f.ID)
	}
	return t, nil
}

// settle puts what the user says over what the file says.
func (d *draft) settle(o Options) {
	d.Origin = slug(cmp.Or(d.Origin, d.Name, d.Format))
	d.ID = d.Origin
	if o.Name != "" {
		d.Name, d.ID = oneLine(o.Name), slug(o.Name)
	}
	if !o.ContentDate.IsZero() {
		day := o.ContentDate.Format(time.DateOnly)
		if d.ContentDate != "" && d.ContentDate != day {
			d.DateFrom = "the user; the file says " + d.ContentDate + ", by " + d.DateFrom
		} else if d.ContentDate == "" {
			d.DateFrom = "the user"
		}
		d.ContentDate = day
	}
	if o.Licence != "" {
		if d.Licence == "" {
			d.Licence = oneLine(o.Licence)
		} else if d.Licence != o.Licence {
			d.Licence = oneLine(o.Licence + " (by the user; as published: " + d.Licence + ")")
		}
	}
	if d.Licence == "" {
		d.Licence, d.Sealable = "not known", false
		d.Note = strings.TrimSpace(d.Note + " Its licence is not known, so no copy is sealed; name it with --licence.")
	}
}

// publication is what is known of a publisher's files, whatever their form.
type publication struct {
	origin, name         string
	lineage              string
	licence, attribution string
	link                 string
	secret               bool // the licence forbids keeping old versions, or passing copies on
	note                 string
}

func (d *draft) from(p publication) {
	d.Origin, d.Name, d.Lineage, d.Licence, d.Attribution, d.Link, d.Sealable, d.Note =
		p.origin, p.name, p.lineage, p.licence, p.attribution, p.link, !p.secret, p.note
}

// Publishers of databases of places. Their lineages: whoever sells estimates
// counts as one, and whoever grows out of registries and geofeeds as another
// (field note on places, 2.2).
var (
	geolite = publication{"geolite2", "GeoLite2", commercial, "GeoLite2 End User License Agreement", "This product includes GeoLite2 data created by MaxMind", "https://www.maxmind.com", true,
		"Its licence obliges to destroy old versions: for look-ups only, never sealed."}
	geoip2 = publication{"geoip2", "GeoIP2", commercial, "MaxMind End User License Agreement", "MaxMind", "https://www.maxmind.com", true,
		"A commercial licence: for look-ups only, never sealed."}
	dbip        = publication{"dbip", "DB-IP Lite", commercial, "CC-BY-4.0", "IP Geolocation by DB-IP", "https://db-ip.com", false, ""}
	ip2location = publication{"ip2location", "IP2Location LITE", commercial, "IP2Location LITE terms", "This site or product includes IP2Location LITE data", "https://lite.ip2location.com", true,
		"Its terms bar passing copies on: for look-ups only, never sealed."}
	ipinfo   = publication{"ipinfo", "IPinfo", commercial, "CC-BY-SA-4.0", "IP address data powered by IPinfo", "https://ipinfo.io", false, ""}
	ipfire   = publication{"ipfire", "IPFire Location", geofeed, "CC-BY-SA-4.0", "IPFire Location Database by the IPFire Project", "https://location.ipfire.org/", false, ""}
	geowhois = publication{"geo-whois-asn-country", "geofeed, whois and registry, by ip-location-db", geofeed, "CC-BY-4.0", "ip-location-db", "https://github.com/sapics/ip-location-db", false,
		"package.json says CC0-1.0, README and licence file say CC BY 4.0: kept as CC BY."}
)

// publishers are known by what stands in a database's type or a file's name.
var publishers = []struct {
	mark string
	publication
}{
	{"geolite", geolite}, {"geoip2", geoip2}, {"geo-whois", geowhois}, {"geowhois", geowhois},
	{"dbip", dbip}, {"db-ip", dbip}, {"ip2location", ip2location}, {"ipinfo", ipinfo}, {"ipfire", ipfire}, {"location.db", ipfire},
}

// errNotPlace refuses tables that are taken for places and are none.
var errNotPlace = errors.New("it gives the country of a network's holder or of a registry's allocation, which is never where a machine is: it puts 88 % of Alibaba's international network in China, and Amazon's Paris region in the US. The program has the registry's column and the holders already")

// publisherOf finds who publishes a table of places.
func publisherOf(databaseType, file string) (publication, error) {
	for _, words := range []string{strings.ToLower(databaseType), strings.ToLower(file)} {
		if strings.Contains(words, "iptoasn") || strings.Contains(words, "asn-country") && !strings.Contains(words, "geo-") {
			return publication{}, errNotPlace
		}
		for _, p := range publishers {
			if strings.Contains(words, p.mark) {
				return p.publication, nil
			}
		}
	}
	base := strings.TrimSuffix(file, path.Ext(file))
	return publication{origin: base, name: base,
		note: "Whose estimates these are is not known, so they have no vote; a name such as dbip-country-2026-06.mmdb or geolite2-country.mmdb tells."}, nil
}
