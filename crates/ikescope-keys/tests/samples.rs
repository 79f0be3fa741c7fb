//! Keys in the logs, lists and tables that real daemons and firewalls wrote.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use ikescope_keys::{KeyStore, Loaded};
use ikescope_testkit::shared_dir;

fn load(path: &Path) -> (KeyStore, Loaded) {
    let mut store = KeyStore::new();
    let loaded = store.load(path).unwrap();
    (store, loaded)
}

/// `EXPECTED-IKE.tsv` counts the lines with keys of each log; one log has a tunnel list in front.
#[test]
fn finds_the_keys_of_every_fortigate_debug_log() {
    let Some(shared) = shared_dir() else { return };
    let samples = shared.join("fortigate/samples");
    let expected = fs::read_to_string(samples.join("EXPECTED-IKE.tsv")).unwrap();
    for row in expected.lines().skip(1) {
        let name = row.split('\t').next().unwrap();
        let counts: Vec<usize> = row
            .rsplit('\t')
            .next()
            .unwrap()
            .split(' ')
            .map(|count| count.split('=').next_back().unwrap().parse().unwrap())
            .collect();
        let path = samples.join("ike-debug").join(name);
        let listed = fs::read_to_string(&path)
            .unwrap()
            .matches("c: spi=")
            .count();
        let (_, loaded) = load(&path);
        let found = [4 * loaded.ikev2, loaded.ikev1, loaded.esp - listed];
        assert_eq!(found.as_slice(), counts, "{name}");
        assert_eq!(loaded.problems, [], "{name}");
    }
}

/// Counted by hand: blocks with keys that differ, and ESP keys of distinct SPIs.
#[test]
fn finds_the_keys_of_every_fortigate_list() {
    let Some(shared) = shared_dir() else { return };
    let lists = shared.join("fortigate/samples/vpn-list");
    for entry in fs::read_dir(&lists).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let count = |marks: &[&str]| {
            let mut lines: Vec<&str> = text
                .lines()
                .map(str::trim)
                .filter(|line| marks.iter().any(|mark| line.starts_with(mark)))
                .collect();
            lines.sort_unstable();
            lines.dedup();
            lines.len()
        };
        let (store, loaded) = load(&path);
        assert_eq!(loaded.problems, [], "{path:?}");
        assert_eq!(loaded.ikev2, count(&["SK_ei:"]), "{path:?}");
        assert_eq!(loaded.ikev1, count(&["key:"]), "{path:?}");
        let spis = text
            .lines()
            .filter_map(|line| line.split("c: spi=").nth(1)?.get(..8))
            .collect::<std::collections::BTreeSet<_>>();
        assert_eq!(loaded.esp, spis.len(), "{path:?}");
        assert!(
            store
                .all_ikev2()
                .all(|keys| keys.encryption.is_some() && keys.integrity.is_some())
        );
        assert!(
            store
                .all_ikev1()
                .all(|keys| keys.encryption.is_some() && keys.hash.is_some())
        );
        assert!(
            store
                .all_esp()
                .all(|keys| keys.encryption.is_some() && keys.integrity.is_some())
        );
    }
}

#[test]
fn reads_every_table_of_the_lab() {
    let Some(shared) = shared_dir() else { return };
    let mut tables = 0;
    for entry in fs::read_dir(shared.join("lab")).unwrap() {
        let keys = entry.unwrap().path().join("keys");
        let rows =
            |name: &str| fs::read_to_string(keys.join(name)).map_or(0, |text| text.lines().count());
        let rows = [
            rows("ikev2_decryption_table"),
            rows("ikev1_decryption_table"),
            rows("esp_sa"),
        ];
        if rows.iter().sum::<usize>() > 0 {
            let (_, loaded) = load(&keys);
            assert_eq!(loaded.problems, []);
            assert_eq!([loaded.ikev2, loaded.ikev1, loaded.esp], rows, "{keys:?}");
            tables += 1;
        }
    }
    assert!(tables > 20, "{tables} directories with tables");
}
