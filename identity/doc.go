// Package identity says how far what left a device points at one person: for
// each finding, whether it still names its subject (the anonymity verdict and
// what undoing it costs), and for each recipient, how many people in the world
// the findings together leave (the identifying power, in bits).
//
// # The verdict
//
// [Judge] answers the three questions of the Article 29 Working Party
// (Opinion 05/2014 on anonymisation techniques, WP216, 10 April 2014) of one
// finding: can it single somebody out, can it be linked with other records of
// the same person, can more be inferred. A value in clear or under an
// encoding is what it is. A digest is as good as the value when all values
// there can be are soon tried: their number, over the rate of one graphics
// card or of one core, is the cost, and both figures are dated and sourced
// (data/domains.toml, data/rates.toml). A salt that is fixed, in the app or
// in the message, changes nothing. When there are too many values, or a key
// is kept apart, the digest is a pseudonym: it names nobody, and follows the
// same person through everything that carries it.
//
// Whether a pseudonym is personal data for a recipient depends on who has the
// means to undo it (CJEU C-413/23 P, EDPS v SRB, 4 September 2025; EDPB
// Guidelines 01/2025 on pseudonymisation). So the verdict names who has them,
// as far as the form tells, and stays technical: "reversible at this cost",
// never "personal" or "anonymous" in law.
//
// # The power
//
// A fact shared by one in 2^b people has b bits. What a data type gives is an
// interval (package datatype has the figures with their sources); a type
// without a published figure is unknown, and unknown facts are listed, not
// guessed. [Profile] composes what one recipient got:
//
//   - facts belong to families (place, device, civil …); those of one family
//     say much the same, so a family counts once, with its largest member;
//   - the lower end is the largest family, the upper end the sum of them, at
//     most log2 of the population. Of entropies this is exact (max H ≤ joint
//     H ≤ sum H); of one person it is an expectation;
//   - an identifier that is unique by construction settles the matter: the
//     rest are linked attributes, what becomes known about that person.
//
// # Why never the upper end alone
//
// In the case studied best, the upper end is wrong. ZIP code, birth date and
// sex have 15.0 + 14.8 + 1.0 = 30.8 bits: of the 281 million people in the
// US census of 2000, 0.15 others would share them, and the model exp(-0.15)
// makes 86 % unique (85 % for 300 million). The census itself says 63 %
// (Golle, WPES 2006): ages and postcodes are not evenly filled. The model is
// 22 points too high where it can be checked, so both ends are always given.
//
// # What it does not know
//
// Several positions of one person over time identify far better than one
// (four place-time points: 95 % of 1.5 million, de Montjoye 2013); they are
// counted as one place. Noise added to aggregates (differential privacy)
// cannot be told from traffic. Who else holds a list or a key is not seen.
//
// The package looks at no value beyond its shape, keeps none, and imports
// only the ground.
package identity
