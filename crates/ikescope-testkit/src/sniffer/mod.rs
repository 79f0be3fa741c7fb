//! Text as `diagnose sniffer packet` of a FortiGate prints it, octet for octet.
//!
//! What the format does to a packet is done here too: captures on `any` print a destination
//! address of the link layer that tells the direction, and times have microseconds.

mod header;
mod hex;

pub use header::utc;
pub use hex::hex_line;

/// How much of each packet is printed: the fourth argument of the command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verbosity {
    /// Octets from the IP header on (2, or 5 with interface names).
    FromIp,
    /// Octets from the Ethernet header on (3, or 6 with interface names).
    FromEthernet,
}

/// Form of the times: the sixth argument of the command.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Times {
    /// Date and time of day in UTC: `a`.
    #[default]
    Absolute,
    /// Seconds since the time given, which the text does not tell.
    Since(i64),
}

/// The way of a packet through the device.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// Received.
    In,
    /// Sent.
    Out,
}

/// One session of the sniffer, packet after packet.
#[derive(Clone, Debug)]
pub struct Sniffer {
    any: bool,
    interface_names: bool,
    verbosity: Verbosity,
    times: Times,
    packets: u64,
    text: Vec<u8>,
}

impl Sniffer {
    /// A session on the interface `any`. `interface_names` makes verbosity 2 and 3 into 5 and 6.
    #[must_use]
    pub fn on_any(verbosity: Verbosity, interface_names: bool, times: Times) -> Self {
        Self::on("any", verbosity, interface_names, times)
    }

    /// A session on the interface of that name; all packets are to be on it, unless it is `any`.
    #[must_use]
    pub fn on(interface: &str, verbosity: Verbosity, interface_names: bool, times: Times) -> Self {
        let mut new = Self {
            any: interface == "any",
            interface_names,
            verbosity,
            times,
            packets: 0,
            text: Vec::new(),
        };
        let number = match verbosity {
            Verbosity::FromIp => 2,
            Verbosity::FromEthernet => 3,
        } + if interface_names { 3 } else { 0 };
        let time_argument = match times {
            Times::Absolute => " 0 a",
            Times::Since(_) => "",
        };
        new.line(&format!(
            "fgt # diagnose sniffer packet {interface} '' {number}{time_argument}"
        ));
        new.line(&format!("interfaces=[{interface}]"));
        new.line("filters=[]");
        new
    }

    /// An Ethernet frame that was seen at `time`, in nanoseconds since 1970.
    pub fn frame(&mut self, time: i64, interface: &str, way: Way, frame: &[u8]) {
        self.cut_frame(time, interface, way, frame, frame.len());
    }

    /// The same, of which the first `printed` octets are printed, as the frame size argument does.
    pub fn cut_frame(
        &mut self,
        time: i64,
        interface: &str,
        way: Way,
        frame: &[u8],
        printed: usize,
    ) {
        self.packets += 1;
        let direction = match (self.any, way) {
            (false, _) => "--",
            (true, Way::In) => "in",
            (true, Way::Out) => "out",
        };
        let mut header = header::time(self.times, time);
        if self.interface_names {
            header.push_str(&format!(" {interface} {direction}"));
        }
        header.push(' ');
        header.push_str(&header::text(frame));
        self.line(&header);
        let mut shown = frame.to_vec();
        if self.any && shown.len() >= 6 {
            shown[..6].copy_from_slice(&told_destination(way, frame));
        }
        let from = match self.verbosity {
            Verbosity::FromIp => header::of_ip(&shown).min(shown.len()),
            Verbosity::FromEthernet => 0,
        };
        let printed = printed.clamp(from, shown.len());
        for (index, octets) in shown[from..printed].chunks(16).enumerate() {
            self.line(&hex_line(index * 16, octets));
        }
        self.line("");
    }

    /// An IP packet, in the Ethernet header that the device makes up for it.
    pub fn ip_packet(&mut self, time: i64, interface: &str, way: Way, packet: &[u8]) {
        let ether_type = if packet.first().is_some_and(|first| first >> 4 == 6) {
            [0x86, 0xdd]
        } else {
            [0x08, 0x00]
        };
        let addresses = [[0, 0, 0x5e, 0, 0x53, 1], [0, 0, 0x5e, 0, 0x53, 2]].concat();
        let frame = [&addresses[..], &ether_type, packet].concat();
        self.frame(time, interface, way, &frame);
    }

    /// A line of anything else.
    pub fn line(&mut self, line: &str) {
        self.text.extend_from_slice(line.as_bytes());
        self.text.push(b'\n');
    }

    /// The text so far.
    #[must_use]
    pub fn so_far(&self) -> &[u8] {
        &self.text
    }

    /// Takes the text so far away, for writers that stream.
    pub fn drain(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text)
    }

    /// The whole text, with the statistics at its end.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let packets = self.packets;
        self.line(&format!("{packets} packets received by filter"));
        self.line("0 packets dropped by kernel");
        self.line("");
        self.text
    }
}

/// What captures on `any` print as destination.
fn told_destination(way: Way, frame: &[u8]) -> [u8; 6] {
    match (way, frame.first()) {
        (Way::Out, _) => [0; 6],
        (Way::In, Some(0xff)) => [0xff; 6],
        (Way::In, Some(first)) if first & 1 == 1 => [1, 0, 0, 0, 0, 0],
        (Way::In, _) => [0, 0, 0, 0, 0, 1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The layout of a public sample, with documentation addresses.
    #[test]
    fn prints_a_packet_as_the_device_does() {
        let mut frame = vec![
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0x5e, 0, 0x53, 1, 8, 6,
        ];
        frame.extend([0, 1, 8, 0, 6, 4, 0, 1, 0, 0, 0x5e, 0, 0x53, 1]);
        frame.extend([192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2]);
        let times = Times::Since(1_000_000_000);
        let mut sniffer = Sniffer::on_any(Verbosity::FromEthernet, true, times);
        sniffer.frame(1_806_164_000, "wan1", Way::In, &frame);
        assert_eq!(
            String::from_utf8(sniffer.finish()).unwrap(),
            "fgt # diagnose sniffer packet any '' 6\ninterfaces=[any]\nfilters=[]\n\
             0.806164 wan1 in arp who-has 192.0.2.2 tell 192.0.2.1\n\
             0x0000\t ffff ffff ffff 0000 5e00 5301 0806 0001\t........^.S.....\n\
             0x0010\t 0800 0604 0001 0000 5e00 5301 c000 0201\t........^.S.....\n\
             0x0020\t 0000 0000 0000 c000 0202               \t..........\n\n\
             1 packets received by filter\n0 packets dropped by kernel\n\n"
        );
    }
}
