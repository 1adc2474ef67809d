use chrono::TimeZone as _;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(micros: i64) -> DateTime<Utc> {
    Utc.timestamp_micros(1_790_000_000_000_000 + micros)
        .unwrap()
}

fn chain(length: u128) -> Vec<Link> {
    let mut head = Head::START;
    (1..=length)
        .map(|n| {
            let hash = Digest::new("test").number(n as i64).finish();
            let link = head.next(Uuid::from_u128(n), hash, at(n as i64)).unwrap();
            head = link.head();
            link
        })
        .collect()
}

fn faults(links: &[Link]) -> Vec<(i64, Fault)> {
    let mut check = Check::default();
    links
        .iter()
        .filter_map(|link| Some((link.position, check.link(link)?)))
        .collect()
}

const ENTRY: Entry<'static> = Entry {
    id: Uuid::from_u128(1),
    at: DateTime::UNIX_EPOCH,
    request_id: "r",
    part: "REQUEST",
    actor: Some(Uuid::from_u128(2)),
    role: Some("AUDITOR"),
    acted_for: None,
    object_kind: "customer",
    object: None,
    verb: "customerEnter",
    clause: Some("ARC-2"),
    detail: None,
    changes: None,
};

#[test]
fn every_field_of_an_entry_counts() {
    let other = [
        Entry {
            id: Uuid::from_u128(3),
            ..ENTRY
        },
        Entry { at: at(1), ..ENTRY },
        Entry {
            request_id: "",
            ..ENTRY
        },
        Entry {
            part: "JOB",
            ..ENTRY
        },
        Entry {
            actor: None,
            ..ENTRY
        },
        Entry {
            role: None,
            ..ENTRY
        },
        Entry {
            acted_for: ENTRY.actor,
            ..ENTRY
        },
        Entry {
            object_kind: "custome",
            ..ENTRY
        },
        Entry {
            object: ENTRY.actor,
            ..ENTRY
        },
        // What moves from one field to the next changes both lengths.
        Entry {
            verb: "customerEnterARC",
            clause: Some("-2"),
            ..ENTRY
        },
        Entry {
            clause: Some(""),
            ..ENTRY
        },
        Entry {
            clause: None,
            ..ENTRY
        },
        Entry {
            detail: Some([0; 32]),
            ..ENTRY
        },
        Entry {
            changes: Some([0; 32]),
            ..ENTRY
        },
    ];
    let mut hashes: Vec<Hash> = other.iter().map(Entry::hash).collect();
    hashes.push(ENTRY.hash());
    assert_eq!(hashes.len(), 15);
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 15);
    assert_eq!(hex(&ENTRY.hash()), hex(&ENTRY.hash()));
    assert_eq!(hex(&[0x0a; 32]), "0a".repeat(32));
}

#[test]
fn documents_hash_alike_whatever_the_order_of_their_keys() {
    let one: Value = serde_json::from_str(r#"{"b":[1,"x",null],"a":{"d":true,"c":-7}}"#).unwrap();
    let two: Value = serde_json::from_str(r#"{"a":{"c":-7,"d":true},"b":[1,"x",null]}"#).unwrap();
    assert_eq!(salted(b"s", &one), salted(b"s", &two));
    assert_ne!(salted(b"s", &one), salted(b"t", &one), "the salt counts");
    for other in [
        json!({"b": [1, "x", null], "a": {"d": true, "c": -8}}),
        json!({"b": [1, "x", "null"], "a": {"d": true, "c": -7}}),
        json!({"b": ["1", "x", null], "a": {"d": true, "c": -7}}),
        json!({"b": [["x"], 1, null], "a": {"d": true, "c": -7}}),
        json!({"b": [1, "x"], "a": {"d": true, "c": -7}}),
    ] {
        assert_ne!(salted(b"s", &one), salted(b"s", &other), "{other}");
    }
}

#[test]
fn changes_hash_alike_in_any_order_and_none_is_lost() {
    let change = |n: u128| Change {
        id: Uuid::from_u128(n),
        object_kind: "customer",
        object: Uuid::from_u128(9),
        version: 1,
        values: [7; 32],
    };
    assert_eq!(changes(&mut []), None);
    let both = changes(&mut [change(1), change(2)]);
    assert_eq!(both, changes(&mut [change(2), change(1)]));
    assert_ne!(both, changes(&mut [change(1)]));
    let mut later = change(2);
    later.version = 2;
    assert_ne!(both, changes(&mut [change(1), later]));
}

#[test]
fn a_whole_chain_has_no_fault() {
    let links = chain(20);
    assert_eq!(faults(&links), []);
    assert_eq!(
        links.iter().map(|l| l.position).collect::<Vec<_>>(),
        (1..=20).collect::<Vec<_>>()
    );
    let mut check = Check::default();
    assert_eq!(check.end(Head::START), None);
    links
        .iter()
        .for_each(|link| assert_eq!(check.link(link), None));
    assert_eq!(check.end(links[19].head()), None);
    let short = Fault::Head {
        position: 19,
        root: links[18].root,
    };
    assert_eq!(check.end(links[18].head()), Some(short));
}

#[test]
fn a_detail_is_the_one_that_was_written_or_it_is_told() {
    let value = json!({"name": "王小明"});
    let hash = salted(b"salt", &value);
    let missing = Some(Fault::DetailMissing);
    let altered = Some(Fault::DetailAltered);
    assert_eq!(check_detail(Some(hash), Some((b"salt", &value))), None);
    assert_eq!(check_detail(None, None), None);
    assert_eq!(check_detail(Some(hash), None), missing);
    assert_eq!(
        check_detail(Some(hash), Some((b"salt", &json!({})))),
        altered
    );
    assert_eq!(check_detail(Some(hash), Some((b"SALT", &value))), altered);
    assert_eq!(check_detail(None, Some((b"salt", &value))), altered);
}

proptest! {
    #[test]
    fn one_altered_link_is_found_where_it_is(length in 1_u128..30, at in 0_usize..30, field in 0_usize..5, bit in 0_usize..128) {
        let mut links = chain(length);
        let at = at % links.len();
        let link = &mut links[at];
        let flip = |hash: &mut Hash| hash[bit / 8] ^= 1 << (bit % 8);
        match field {
            0 => link.entry = Uuid::from_u128(link.entry.as_u128() ^ (1 << bit)),
            1 => flip(&mut link.entry_hash),
            2 => flip(&mut link.previous),
            3 => flip(&mut link.root),
            _ => link.at += chrono::Duration::microseconds(1),
        }
        let position = link.position;
        let found = faults(&links);
        prop_assert_eq!(found.first(), Some(&(position, Fault::Broken)));
        // The links after a forged root hang on nothing; any other forgery is told once.
        prop_assert_eq!(found.len(), if field == 3 && at + 1 < links.len() { 2 } else { 1 });
    }

    #[test]
    fn one_removed_link_is_found_where_it_was(length in 2_u128..30, at in 0_usize..30) {
        let mut links = chain(length);
        let at = at % (links.len() - 1);
        let gone = links.remove(at).position;
        prop_assert_eq!(faults(&links), vec![(gone + 1, Fault::Gap { from: gone, to: gone })]);
        // Closing the gap up does not help.
        links.iter_mut().skip(at).for_each(|link| link.position -= 1);
        prop_assert_eq!(faults(&links).into_iter().next(), Some((gone, Fault::Broken)));
    }

    #[test]
    fn one_inserted_link_is_found_where_it_is(length in 1_u128..30, at in 0_usize..30) {
        let mut links = chain(length);
        let at = at % links.len();
        let before = at.checked_sub(1).map_or(Head::START, |i| links[i].head());
        let forged = before.next(Uuid::from_u128(999), [9; 32], super::tests::at(0)).unwrap();
        links.iter_mut().skip(at).for_each(|link| link.position += 1);
        links.insert(at, forged);
        // The forged link itself is well made: the one behind it does not follow any more.
        prop_assert_eq!(faults(&links).into_iter().next(), Some((forged.position + 1, Fault::Broken)));
    }

    #[test]
    fn two_links_that_changed_places_are_found(length in 2_u128..30, a in 0_usize..30, b in 0_usize..30) {
        let mut links = chain(length);
        let (a, b) = (a % links.len(), b % links.len());
        prop_assume!(a < b);
        let (one, two) = (links[a], links[b]);
        links[a] = Link { position: one.position, ..two };
        links[b] = Link { position: two.position, ..one };
        prop_assert_eq!(faults(&links).into_iter().next(), Some((one.position, Fault::Broken)));
    }
}

#[test]
fn pip_3_an_erased_record_is_what_its_erasure_left_or_a_fault() {
    let (left, other) = ([1; 32], [2; 32]);
    let fault = Fault::DetailAltered;
    assert_eq!(check_erased(Some(&left), left, fault.clone()), None);
    assert_eq!(
        check_erased(Some(&left), other, fault.clone()),
        Some(fault.clone())
    );
    assert_eq!(
        check_erased(None, left, fault),
        Some(Fault::ErasedWithoutErasure)
    );
}

proptest! {
    #[test]
    fn pip_3_what_an_erasure_covers_reads_back(
        changes in prop::collection::btree_map(any::<u128>(), any::<[u8; 32]>(), 0..5),
        details in prop::collection::btree_map(any::<u128>(), any::<[u8; 32]>(), 0..5),
    ) {
        let by_id = |hashes: std::collections::BTreeMap<u128, Hash>| {
            hashes.into_iter().map(|(id, hash)| (Uuid::from_u128(id), hash)).collect()
        };
        let erased = Erased { changes: by_id(changes), details: by_id(details) };
        prop_assert_eq!(Erased::of_json(&erased.to_json()), erased);
    }
}
