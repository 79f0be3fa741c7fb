//! Sentences. In those of our own, addresses, SPIs and file names are of others; in what others have
//! said, everything is but the words that many say.

use std::net::{IpAddr, Ipv4Addr};

use super::Redactor;

impl Redactor {
    /// Redacts a text of our own; what others have said stands in it between double quotes.
    pub(super) fn text(&mut self, text: &mut String) {
        for (name, stand_in) in &self.files {
            *text = replaced(text, name, stand_in);
        }
        let quotes = text.find('"').zip(text.rfind('"'));
        *text = match quotes {
            Some((first, last)) if first < last => {
                let before = self.own(&text[..first]);
                let said = self.foreign(&text[first..=last]);
                let after = self.own(&text[last + 1..]);
                before + &said + &after
            }
            _ => self.own(text),
        };
    }

    fn own(&mut self, text: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':');
        pieces(text, is_part)
            .map(|piece| self.place(piece).unwrap_or_else(|| piece.to_owned()))
            .collect()
    }

    /// What somebody else has said: the words of a vocabulary stay, and short numbers, but none that
    /// stands between double quotes.
    pub(super) fn foreign(&mut self, text: &str) -> String {
        let parts = text.split('"').enumerate();
        let parts = parts.map(|(index, part)| match index % 2 {
            0 => self.words(part),
            _ => self.named(part),
        });
        parts.collect::<Vec<_>>().join("\"")
    }

    /// A line of a log that is quoted whole.
    pub(super) fn quoted(&mut self, text: &str) -> String {
        let line = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        match line {
            Some(line) => format!("\"{}\"", self.foreign(line)),
            None => self.foreign(text),
        }
    }

    /// A name that somebody gave: no word of it stays.
    pub(super) fn named(&mut self, text: &str) -> String {
        self.each_word(text, |_| false)
    }

    fn words(&mut self, text: &str) -> String {
        self.each_word(text, tells_of_nobody)
    }

    /// The text with stand-ins for addresses, SPIs, and the words that are not to stay.
    fn each_word(&mut self, text: &str, stays: fn(&str) -> bool) -> String {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '@');
        pieces(text, is_part)
            .map(|piece| {
                let place = self.place(piece);
                place.unwrap_or_else(|| {
                    let words = pieces(piece, |c| c != ':');
                    words.map(|word| self.word(word, stays)).collect()
                })
            })
            .collect()
    }

    fn word(&mut self, word: &str, stays: fn(&str) -> bool) -> String {
        let bare = word.trim_end_matches('.');
        let is_mark = !word.chars().any(char::is_alphanumeric);
        if is_mark || stays(bare) {
            return word.to_owned();
        }
        let mut name = bare.to_owned();
        self.name(&mut name);
        name + &word[bare.len()..]
    }

    /// What stands for an address, an SPI or two of them with a colon between; `None` if the piece is
    /// none of these.
    fn place(&mut self, piece: &str) -> Option<String> {
        let bare = piece.trim_end_matches(['.', ':']);
        let rest = &piece[bare.len()..];
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(format!("{}{rest}", self.stand_ins.address(address)));
        }
        let mut found = false;
        let parts = bare.split(':').map(|part| {
            let stand_in = self.part(part);
            found |= stand_in.is_some();
            stand_in.unwrap_or_else(|| part.to_owned())
        });
        let parts = parts.collect::<Vec<_>>().join(":");
        found.then(|| parts + rest)
    }

    fn part(&mut self, part: &str) -> Option<String> {
        if let Ok(address) = part.parse::<Ipv4Addr>() {
            return Some(self.stand_ins.address(address.into()).to_string());
        }
        let digits = part.strip_prefix("0x").unwrap_or(part);
        let is_spi = matches!(digits.len(), 8 | 16)
            && digits.bytes().all(|octet| octet.is_ascii_hexdigit())
            && (digits.len() == 16
                || digits.bytes().any(|octet| octet.is_ascii_alphabetic())
                || self.is_known(digits));
        let stand_in = is_spi.then(|| self.hex(digits)).flatten()?;
        Some(format!("{}{stand_in}", &part[..part.len() - digits.len()]))
    }

    fn is_known(&self, digits: &str) -> bool {
        hex::decode(digits).is_ok_and(|octets| self.octets.contains_key(&octets))
    }
}

/// Whether it is a short number, or a word that many devices say.
fn tells_of_nobody(word: &str) -> bool {
    let is_number = word.len() <= NUMBER && word.bytes().all(|octet| octet.is_ascii_digit());
    let mut common = VOCABULARY.split_ascii_whitespace();
    is_number || common.any(|common| common.eq_ignore_ascii_case(word))
}

/// The text in pieces: those that are made of such characters, and what stands between them.
fn pieces(text: &str, is_part: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = is_part(rest.chars().next()?);
        let end = rest.find(|c| is_part(c) != first).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

/// The text with another name wherever this one stands alone.
fn replaced(text: &str, name: &str, stand_in: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name).filter(|_| !name.is_empty()) {
        let (before, found) = rest.split_at(at);
        let after = &found[name.len()..];
        let alone = !out
            .chars()
            .chain(before.chars())
            .next_back()
            .is_some_and(is_part)
            && !after.chars().next().is_some_and(is_part);
        out.push_str(before);
        out.push_str(if alone { stand_in } else { name });
        rest = after;
    }
    out + rest
}

/// Digits of a number that tells of nobody.
const NUMBER: usize = 5;

/// Words that devices say of negotiations; any other may be a name.
const VOCABULARY: &str = "\
    a accept accepted ack added address addresses after aggressive ah alert algorithm all already an and \
    answer are as at attempt auth authenticate authentication authenticating authmethod backup bad be but \
    by cannot cbc cert certificate child chosen client config configuration configured connect connected \
    connecting connection could create created dead decrypt decrypted delete deleted deleting denied des \
    dest destination detected dh did different direction does down dpd dropped dst eap encrypt encryption \
    error errors esp established exchange expected expire expired expiry fail failed failing failure \
    first for found fqdn fragment from gateway gcm got group groups gw had has hash have ident id \
    identification identifier identity idi idr ignore ignored ignoring ike ikev1 ikev2 in inbound \
    incoming incorrect init initiate initiating initiator i1send i2send i3send r1send r2send \
    integrity interface invalid ip ipsec ipv4 ipv6 is isakmp ke keepalive keepalives key lifetime life \
    link list local lost main match matched matching me message method mine mismatch missing mode msg my \
    name nat negotiate negotiated negotiating negotiation network new next no none not notification \
    notify notified null of off offered ok on only operation or our out outbound outgoing own packet \
    packets parse payload peer pending permission permitted phase phase1 phase2 policies policy \
    port possible pre prf primary private probable probe proposal proposals proto protocol proxy psk qmi \
    quick reason receive received refused reject rejected rekey remote reply request resend response \
    responder responding retransmit retransmission retry route sa said sas seconds secondary selector \
    selectors send sending sent seq serial server set sha sha1 sha256 sha384 sha512 shared signature \
    source specified spi spis src state status subnet success successful such supported that the their this time \
    timed timeout timer to too traffic transform tried ts tsi tsr tunnel tunnels type unable unacceptable \
    unexpected unknown unreachable unsupported up use used user using value vendor version via was wait \
    waiting with without wrong xauth yes your";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_a_name_stays_however_common_it_is() {
        let mut redactor = Redactor::default();
        let mut text =
            "192.0.2.1 calls itself \"gateway alert 7\" (ID_FQDN): negotiation".to_owned();
        redactor.text(&mut text);
        assert!(text.ends_with("\" (ID_FQDN): negotiation"), "{text}");
        for word in ["gateway", "alert", "7"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }

    #[test]
    fn common_words_of_a_log_stay_but_for_what_it_quotes() {
        let mut redactor = Redactor::default();
        let line = "\"negotiation failure for \"gateway\" at site-b\"";
        let said = redactor.quoted(line);
        assert!(said.starts_with("\"negotiation failure for \""), "{said}");
        assert!(
            !said.contains("gateway") && !said.contains("site"),
            "{said}"
        );
    }
}
