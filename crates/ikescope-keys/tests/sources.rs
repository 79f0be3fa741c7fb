//! Every source of keys on inputs of our own, whole and damaged in every way that consoles know. The
//! values are made up; what is expected was written down before it was read.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../fuzz/src/source.rs"]
mod source;

use ikescope_keys::{KeyStore, Loaded, Secret};
use ikescope_testkit::{fuzz_inputs, testdata_dir};

const IKEV2: &str = "IKEv2 1122334455667788:99aabbccddeeff00 ENCR_AES_CBC with 128 bits, AUTH_HMAC_SHA2_256_128: \
    00112233445566778899aabbccddeeff 0f1e2d3c4b5a69788796a5b4c3d2e1f0 \
    a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf \
    c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf";
const IKEV1: &str = "IKEv1 2233445566778899:aabbccddeeff0011 ENCR_AES_CBC with 128 bits, SHA2-256: \
    5566778899aabbccddeeff0011223344";
const INBOUND: &str = "ESP 0a0b0c0d ENCR_AES_CBC with 128 bits, AUTH_HMAC_SHA1_96: \
    1f2e3d4c5b6a798897a6b5c4d3e2f100 00102030405060708090a0b0c0d0e0f001112131";
const OUTBOUND: &str = "ESP 0e0f1011 ENCR_AES_CBC with 128 bits, AUTH_HMAC_SHA1_96: \
    f0e1d2c3b4a5968778695a4b3c2d1e0f 0f1f2f3f4f5f6f7f8f9fafbfcfdfefff0e1e2e3e";
const GCM_IKEV2: &str = "IKEv2 3344556677889900:0011223344556677 ENCR_AES_GCM_16 with 256 bits, NONE: \
    a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf01020304 \
    c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf05060708";
const TRIPLE_DES_IKEV1: &str = "IKEv1 2233445566778899:aabbccddeeff0011 ENCR_3DES with 192 bits, MD5: \
    5566778899aabbccddeeff00112233440102030405060708";
const GCM_INBOUND: &str = "ESP 12131415 ENCR_AES_GCM_16 with 256 bits, NONE: \
    a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf01020304";
const GCM_OUTBOUND: &str = "ESP 16171819 ENCR_AES_GCM_16 with 256 bits, NONE: \
    c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf05060708";

fn load(name: &str) -> (KeyStore, Loaded) {
    let mut store = KeyStore::new();
    let loaded = store.load(&testdata_dir().join("keys").join(name)).unwrap();
    (store, loaded)
}

fn line(head: String, secrets: &[Option<&Secret>]) -> String {
    let secrets = secrets.iter().flatten().filter(|secret| !secret.is_empty());
    secrets.fold(head + ":", |line, secret| {
        line + " "
            + &secret
                .expose()
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect::<String>()
    })
}

fn named<T: ToString>(algorithm: Option<T>) -> String {
    algorithm.map_or_else(|| "unnamed".to_owned(), |algorithm| algorithm.to_string())
}

/// The whole store as text.
fn shown(store: &KeyStore) -> Vec<String> {
    let ikev2 = store.all_ikev2().map(|keys| {
        let (spis, cipher, integrity) = (keys.spis, named(keys.encryption), named(keys.integrity));
        line(
            format!("IKEv2 {spis} {cipher}, {integrity}"),
            &[
                Some(&keys.sk_ei),
                Some(&keys.sk_er),
                Some(&keys.sk_ai),
                Some(&keys.sk_ar),
            ],
        )
    });
    let ikev1 = store.all_ikev1().map(|keys| {
        let (cipher, hash) = (named(keys.encryption), named(keys.hash));
        let responder = named(keys.cookie_r);
        line(
            format!("IKEv1 {}:{responder} {cipher}, {hash}", keys.cookie_i),
            &[Some(&keys.encryption_key)],
        )
    });
    let esp = store.all_esp().map(|keys| {
        let (cipher, integrity) = (named(keys.encryption), named(keys.integrity));
        line(
            format!("ESP {:08x} {cipher}, {integrity}", keys.spi.unwrap()),
            &[Some(&keys.encryption_key), Some(&keys.integrity_key)],
        )
    });
    ikev2.chain(ikev1).chain(esp).collect()
}

fn problems(loaded: &Loaded) -> Vec<(u64, &str)> {
    let problems = loaded.problems.iter();
    problems
        .map(|problem| (problem.origin.line, problem.reason.as_str()))
        .collect()
}

fn assert_whole(name: &str, expected: &[&str]) {
    let (store, loaded) = load(name);
    assert_eq!(shown(&store), expected, "{name}");
    assert_eq!(problems(&loaded), [], "{name}");
}

#[test]
fn reads_a_fortigate_log() {
    assert_whole("fortigate-log.txt", &[IKEV2, IKEV1, INBOUND, OUTBOUND]);
}

#[test]
fn reads_a_fortigate_log_that_a_terminal_broke() {
    for name in [
        "fortigate-log-putty.txt",
        "fortigate-log-wrapped.txt",
        "fortigate-log-wrapped-80.txt",
        "fortigate-log-one-line.txt",
        "fortigate-log-utf16.txt",
    ] {
        assert_whole(name, &[IKEV2, IKEV1, INBOUND, OUTBOUND]);
    }
}

#[test]
fn reads_every_prefix_and_name_of_a_fortigate_log() {
    for name in [
        "fortigate-log-v7.txt",
        "fortigate-log-vdom-with-digits.txt",
        "fortigate-log-odd-names.txt",
    ] {
        assert_whole(name, &[IKEV2, IKEV1, INBOUND, OUTBOUND]);
    }
}

#[test]
fn reads_on_behind_remarks_and_masked_addresses() {
    assert_whole(
        "fortigate-log-remarks.txt",
        &[IKEV2, IKEV1, INBOUND, OUTBOUND],
    );
}

#[test]
fn reads_aes_gcm_triple_des_and_esp_null_of_a_fortigate_log() {
    let gcm = GCM_IKEV2.replace(
        "3344556677889900:0011223344556677",
        "1122334455667788:99aabbccddeeff00",
    );
    assert_whole(
        "fortigate-log-gcm-3des-null.txt",
        &[
            &gcm,
            TRIPLE_DES_IKEV1,
            "ESP 0a0b0c0d ENCR_NULL with 0 bits, AUTH_HMAC_SHA1_96: 00102030405060708090a0b0c0d0e0f001112131",
            "ESP 0e0f1011 ENCR_NULL with 0 bits, AUTH_HMAC_SHA1_96: 0f1f2f3f4f5f6f7f8f9fafbfcfdfefff0e1e2e3e",
        ],
    );
}

#[test]
fn tells_what_is_cut_or_masked_in_a_fortigate_log() {
    let (store, loaded) = load("fortigate-log-cut.txt");
    assert_eq!(shown(&store), [] as [String; 0]);
    assert_eq!(
        problems(&loaded),
        [
            (
                1,
                "IKEv2 SA 1122334455667788:99aabbccddeeff00: SK_ei or SK_er is missing"
            ),
            (2, "SK_er is cut: 16 octets said, 12 hex digits found"),
            (4, "SK_ar is cut: 32 octets said, 0 hex digits found"),
            (5, "key has no possible length"),
            (6, "ESP SA 0a0b0c0d: auth is missing"),
        ]
    );
}

#[test]
fn reads_several_sas_of_a_fortigate_gateway_list() {
    for name in [
        "fortigate-gateway-list.txt",
        "fortigate-gateway-list-wrapped.txt",
    ] {
        assert_whole(name, &[IKEV2, GCM_IKEV2, TRIPLE_DES_IKEV1]);
    }
}

#[test]
fn tells_a_key_of_a_gateway_list_that_is_cut() {
    let (store, loaded) = load("fortigate-gateway-list-cut.txt");
    assert!(store.is_empty());
    let cut = "SK_er is cut: ENCR_AES_CBC with 128 bits was negotiated, 12 octets found";
    assert_eq!(problems(&loaded), [(15, cut)]);
}

#[test]
fn reads_a_rekeyed_tunnel_of_a_fortigate_tunnel_list() {
    for name in [
        "fortigate-tunnel-list.txt",
        "fortigate-tunnel-list-pasted.txt",
    ] {
        assert_whole(name, &[INBOUND, OUTBOUND, GCM_INBOUND, GCM_OUTBOUND]);
        let (store, _) = load(name);
        let numbers = store.all_esp().map(|keys| keys.extended_sequence_numbers);
        let expected = [false, false, true, true].map(Some);
        assert_eq!(numbers.collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn tells_keys_of_a_tunnel_list_that_are_cut() {
    let (store, loaded) = load("fortigate-tunnel-list-cut.txt");
    assert_eq!(shown(&store), [GCM_INBOUND, GCM_OUTBOUND]);
    assert_eq!(
        problems(&loaded),
        [
            (19, "ESP SA 0a0b0c0d: a key is not as long as is said"),
            (21, "ESP SA 0e0f1011: ah= is missing"),
        ]
    );
}

#[test]
fn reads_lists_and_a_log_out_of_one_file() {
    let (store, loaded) = load("fortigate-everything.txt");
    let expected = [IKEV2, IKEV1, INBOUND, OUTBOUND, GCM_INBOUND, GCM_OUTBOUND];
    assert_eq!(shown(&store), expected);
    assert_eq!((loaded.found(), problems(&loaded)), (6, vec![]));
    assert_eq!(store.conflicts(), []);
}

#[test]
fn reads_our_own_toml() {
    assert_whole("keys.toml", &[IKEV2, IKEV1, INBOUND, OUTBOUND]);
}

#[test]
fn reads_the_secret_of_a_key_exchange_from_our_own_toml() {
    let text = "[[ikev2]]\nspi_i = \"1122334455667788\"\nspi_r = \"99aabbccddeeff00\"\ng_ir = \"0a0b\"\n\
                [[ikev1]]\ncookie_i = \"2233445566778899\"\ncookie_r = \"aabbccddeeff0011\"\ng_xy = \"0c0d\"\n";
    let mut store = KeyStore::new();
    let loaded = store.read("secrets.toml", text.as_bytes()).unwrap();
    assert_eq!((loaded.shared_secrets, loaded.found()), (2, 2));
    assert_eq!(loaded.problems, []);
    let shown: Vec<String> = (store.all_shared_secrets())
        .map(|shared| line(shared.spis.to_string(), &[Some(&shared.secret)]))
        .collect();
    assert_eq!(
        shown,
        [
            "1122334455667788:99aabbccddeeff00: 0a0b",
            "2233445566778899:aabbccddeeff0011: 0c0d"
        ]
    );
    let again = store.read("secrets.toml", text.as_bytes()).unwrap();
    assert_eq!(again.found(), 0, "the same secrets are no new ones");
}

#[test]
fn names_the_line_of_what_is_wrong_in_toml_and_never_the_key() {
    for (text, line, reason) in [
        (
            "[[esp]]\nspi = \"1\"\nkey = 4711\n",
            3,
            "expected hex digits in quotes, found a number",
        ),
        ("[[esp]]\nspi = \"1\"\nkee = \"00\"\n", 3, "unknown field"),
        (
            "\n[[esp]]\nspi = \"1\"\nkey = \"4711x\"\n",
            4,
            "5 characters that are no pairs",
        ),
        (
            "[[ikev1]]\ncookie_i = \"1\"\nkey = \"4711\"\n",
            1,
            "cookie_i: expected 16 hex digits",
        ),
        (
            "[[ikev1]]\ncookie_i = \"2233445566778899\"\ng_xy = \"4711\"\n",
            1,
            "g_xy needs cookie_r",
        ),
        (
            "[[ikev2]]\nspi_i = \"1122334455667788\"\nspi_r = \"99aabbccddeeff00\"\n",
            1,
            "neither g_ir nor sk_ei and sk_er",
        ),
        (
            "[[esp]]\nspi = \"1\"\nencryption = \"ROT13\"\nkey = \"4711\"\n",
            1,
            "unknown encryption algorithm",
        ),
    ] {
        let mut store = KeyStore::new();
        let loaded = store.read("keys.toml", text.as_bytes()).unwrap();
        let [problem] = loaded.problems.as_slice() else {
            panic!("{loaded:?}");
        };
        let told = problem.to_string();
        assert!(
            told.starts_with(&format!("keys.toml:{line}: {reason}")),
            "{told}"
        );
        assert!(!told.contains("4711"), "{told}");
    }
}

#[test]
fn reads_what_the_save_keys_plugin_of_strongswan_writes() {
    let ikev2 = IKEV2;
    assert_whole(
        "save-keys",
        &[
            ikev2,
            "IKEv1 2233445566778899:unnamed unnamed, unnamed: 5566778899aabbccddeeff0011223344",
            "ESP 0e0f1011 ENCR_3DES with 192 bits, AUTH_HMAC_SHA1_96: \
             000102030405060708090a0b0c0d0e0f1011121314151617 0f1f2f3f4f5f6f7f8f9fafbfcfdfefff0e1e2e3e",
            GCM_INBOUND,
        ],
    );
    let (store, _) = load("save-keys");
    let sender = "198.51.100.20".parse().unwrap();
    let receiver = "192.0.2.10".parse().unwrap();
    assert_eq!(store.esp(0x1213_1415, sender, receiver).count(), 1);
    assert_eq!(store.esp(0x1213_1415, receiver, sender).count(), 0);
}

#[test]
fn names_the_line_of_a_wrong_row_and_reads_the_others() {
    let good =
        "1122334455667788,99aabbccddeeff00,,,\"NULL [RFC2410]\",,,\"NONE [RFC4306]\"\n".to_owned();
    for (row, reason) in [
        (
            good.replace(",,,\"NONE", ",\"NONE"),
            "expected 8 fields, found 6",
        ),
        (
            good.replace("NULL", "NIL"),
            "unknown encryption algorithm \"NIL [RFC2410]\"",
        ),
        (
            good.replace("NONE", "NO"),
            "unknown integrity algorithm \"NO [RFC4306]\"",
        ),
        (good.replace("00,,,", "00,4,,"), "SK_ei: 1 characters"),
        (
            good.replace("99aa", "9aa"),
            "responder SPI: expected 16 hex digits",
        ),
        (
            good.replace("00,,,", "00,44,,"),
            "SK_ei: ENCR_NULL with 0 bits takes 0 octets, found 1",
        ),
    ] {
        let text = format!(
            "# remark\n{good}{row}{}",
            good.replace("11223344", "aabbccdd")
        );
        let mut store = KeyStore::new();
        let loaded = store.read("table", text.as_bytes()).unwrap();
        let [problem] = loaded.problems.as_slice() else {
            panic!("{row}: {loaded:?}");
        };
        let told = problem.to_string();
        assert!(told.starts_with(&format!("table:3: {reason}")), "{told}");
        assert_eq!(loaded.ikev2, 2, "{row}");
    }
}

#[test]
fn reads_addresses_and_keys_of_esp_sa_as_wireshark_does() {
    let row = |source: &str, spi: &str, key: &str| {
        format!(
            "\"IPv4\",\"{source}\",\"*\",\"{spi}\",\"AES-CBC [RFC3602]\",\"{key}\",\"NULL\",\"\"\n"
        )
    };
    let read = |row: &str| {
        let mut store = KeyStore::new();
        let loaded = store.read("esp_sa", row.as_bytes()).unwrap();
        (store, loaded)
    };
    let odd = format!("0x{}", "1".repeat(31));
    for (source, within, beyond) in [
        ("192.0.2.*", "192.0.2.9", "192.0.3.9"),
        ("192.0.*.*", "192.0.9.9", "192.1.0.9"),
        ("192.0.2.0/24", "192.0.2.9", "192.0.3.9"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
    ] {
        let (store, loaded) = read(&row(source, "0x00000007", &odd));
        assert_eq!(loaded.problems, [], "{source}");
        let receiver = "198.51.100.1".parse().unwrap();
        let count = |sender: &str| store.esp(7, sender.parse().unwrap(), receiver).count();
        assert_eq!((count(within), count(beyond)), (1, 0), "{source}");
        assert_eq!(
            store.all_esp().next().unwrap().encryption_key.expose()[0],
            0x01
        );
    }
    let (store, _) = read(&row("*", "*", "sixteen letters!"));
    assert_eq!(store.all_esp().next().unwrap().spi, None);
    let (_, loaded) = read(&row("*", "0x12*", &odd));
    let wrong = "SPI: expected 0x and hex digits, found \"0x12*\"";
    assert_eq!(problems(&loaded), [(1, wrong)]);
}

#[test]
fn reads_the_esp_keys_in_the_log_of_libreswan_and_tells_that_the_others_are_not_there() {
    // The lab's own esp_sa of the run that the log is of.
    let (store, loaded) = load("pluto-libreswan.txt");
    assert_eq!(
        shown(&store),
        [
            "ESP 2fec8bbf ENCR_AES_CBC with 256 bits, AUTH_HMAC_SHA2_256_128: \
             6554513962777a8686a9e1dc9ac56d4eb6b01cf589f5b709ab85b539ffc74a15 \
             5adda1c529fef159779eb23a774d1400347e60b4c6725dbfb09f1b3820a947eb",
            "ESP ad10b057 ENCR_AES_CBC with 256 bits, AUTH_HMAC_SHA2_256_128: \
             ea117786f0efcf411a04e5babc5f7b8c685f4312c57bc2ba039def15ccc8c80d \
             f0e49144d48235c689d06f703becc8e58a9748d61b614277e7dffa2bdfd0369f",
        ]
    );
    assert!(
        store
            .all_esp()
            .all(|keys| keys.extended_sequence_numbers == Some(true))
    );
    let hidden = "this pluto keeps the keys of its IKE SAs in NSS and does not log their octets";
    assert_eq!(problems(&loaded), [(6, hidden)]);
}

#[test]
fn reads_all_keys_in_the_log_of_a_pluto_before_nss() {
    let unnamed = |line: &str, algorithms: &str| line.replace(algorithms, "unnamed, unnamed");
    let (store, loaded) = load("pluto-openswan.txt");
    assert_eq!(problems(&loaded), []);
    assert_eq!(
        shown(&store),
        [
            unnamed(IKEV2, "ENCR_AES_CBC with 128 bits, AUTH_HMAC_SHA2_256_128"),
            unnamed(TRIPLE_DES_IKEV1, "ENCR_3DES with 192 bits, MD5"),
            unnamed(INBOUND, "ENCR_AES_CBC with 128 bits, AUTH_HMAC_SHA1_96"),
        ]
    );
    let ikev2 = store.all_ikev2().next().unwrap();
    assert_eq!(ikev2.sk_d.as_ref().unwrap().expose(), [8; 32]);
    assert_eq!(ikev2.sk_pr.as_ref().unwrap().expose(), [10; 32]);
    let ikev1 = store.all_ikev1().next().unwrap();
    assert_eq!(ikev1.skeyid_a.as_ref().unwrap().expose(), [3; 20]);
}

#[test]
fn reads_the_keys_in_the_log_of_charon_and_tells_those_whose_sa_it_does_not_name() {
    // The lab's own tables of the runs that the log is of.
    let (store, loaded) = load("charon.txt");
    assert_eq!(
        shown(&store),
        [
            "IKEv2 e5505d53b854c441:e1280a876d84c319 unnamed, unnamed: \
             8454b570b81328398df60460927a0441c7b35dd7336420ef6ce9e2128dd5ca12 \
             cadd270782d345ba52355d260baaa7bc0dc68d6a25c1c886f8d9263c531f5a74 \
             1a951638cac852522a5706ec5ae6d4fdae0bca5de684428f17f34a507390a030 \
             c337ef351ec6cee477b93d4d497d84bf5bcc054edd58addefcfb40afd5ffc545",
            "IKEv1 8eb8a14d8e1a8179:37c91fd9333182d7 unnamed, unnamed: \
             d1270980268e3e7bdc72f6da2d8fce8c6c94fbc48541a3dff0ead2f1173d65b9",
        ]
    );
    let ikev2 = store.all_ikev2().next().unwrap();
    assert!(ikev2.sk_d.is_some() && ikev2.sk_pi.is_some() && ikev2.sk_pr.is_some());
    let rekeyed =
        "the keys of an IKE SA whose SPIs this log does not tell, as when an IKE SA is rekeyed";
    assert_eq!(problems(&loaded), [(76, rekeyed)]);
}

#[test]
fn reads_ip_xfrm_state() {
    assert_whole("ip-xfrm-state.txt", &[OUTBOUND, GCM_INBOUND]);
    let (store, _) = load("ip-xfrm-state.txt");
    let flags: Vec<_> = store
        .all_esp()
        .map(|keys| keys.extended_sequence_numbers)
        .collect();
    assert_eq!(flags, [Some(true), Some(false)]);
}

#[test]
fn finds_nothing_in_a_text_without_keys_and_says_what_is_missing_in_a_directory() {
    let mut store = KeyStore::new();
    let loaded = store.read("empty", &b""[..]).unwrap();
    assert_eq!(loaded, Loaded::default());
    let loaded = store
        .read("noise", &b"link is idle\nkey: value\n\xff\n"[..])
        .unwrap();
    assert_eq!(loaded, Loaded::default());
    let error = store.load(&testdata_dir()).unwrap_err();
    assert!(error.to_string().contains("esp_sa"), "{error}");
    assert!(store.load(&testdata_dir().join("absent")).is_err());
}

#[test]
fn survives_the_seeds_and_finds_of_fuzzing() {
    for (path, octets) in fuzz_inputs("ikescope-keys", "key_source") {
        // Names the input if one panics.
        println!("{path:?}");
        source::read(&octets);
        for length in (0..octets.len()).step_by(7) {
            source::read(&octets[..length]);
        }
    }
}
