//! Any octets as a file of keys; shared by the fuzz target and the tests.

use ikescope_keys::{KeyStore, WiresharkTables};

/// Reads the keys twice over: what was found once is not found again, and it is all in the store.
///
/// # Panics
/// If that does not hold.
pub(crate) fn read(octets: &[u8]) {
    let mut store = KeyStore::new();
    let Ok(loaded) = store.read("fuzz", octets) else {
        return;
    };
    let count = |store: &KeyStore| {
        [
            store.all_ikev2().count(),
            store.all_ikev1().count(),
            store.all_esp().count(),
            store.all_shared_secrets().count(),
        ]
    };
    let found = count(&store);
    let (ikev2, ikev1, esp) = (loaded.ikev2, loaded.ikev1, loaded.esp);
    assert_eq!(found, [ikev2, ikev1, esp, loaded.shared_secrets]);
    assert_eq!(found == [0; 4], store.is_empty());
    let again = store.read("fuzz", octets).expect("read before");
    assert_eq!((again.found(), count(&store)), (0, found));
    assert_eq!(again.problems, loaded.problems);
    let conflicts = store.conflicts();
    assert!(conflicts.iter().all(|conflict| conflict.origins.len() > 1));
    let _ = WiresharkTables::of(&store);
}
