use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A client's frame.
fn frame(first: u8, data: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut out = vec![first];
    match data.len() {
        len @ 0..126 => out.push(0x80 | u8::try_from(len).expect("short")),
        len @ 126..0x1_0000 => {
            out.push(0x80 | 126);
            out.extend_from_slice(&u16::try_from(len).expect("checked").to_be_bytes());
        }
        len => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&mask);
    out.extend(data.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

fn text(data: &[u8]) -> Vec<u8> {
    frame(0x81, data, [1, 2, 3, 4])
}

/// All that comes of these bytes in chunks of these sizes, again and again; no more than one message is held meanwhile.
fn read(bytes: &[u8], sizes: &[usize]) -> Vec<Result<Incoming, CloseCode>> {
    let (mut reader, mut all, mut rest) = (FrameReader::default(), Vec::new(), bytes);
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = (*sizes.next().expect("sizes")).clamp(1, rest.len());
        let (chunk, later) = rest.split_at(size);
        rest = later;
        reader.push(Bytes::copy_from_slice(chunk));
        while let Some(incoming) = reader.next() {
            let failed = incoming.is_err();
            all.push(incoming);
            if failed {
                return all;
            }
        }
        assert!(reader.held() <= MAX_FRAME_BYTES + MAX_CONTROL_BYTES);
    }
    all
}

fn whole(bytes: &[u8]) -> Vec<Result<Incoming, CloseCode>> {
    read(bytes, &[usize::MAX])
}

fn said(text: &str) -> Result<Incoming, CloseCode> {
    Ok(Incoming::Text(text.to_owned()))
}

#[test]
fn messages_of_every_length_are_read() {
    for len in [0, 1, 125, 126, 127, 4000, 65_535, 65_536] {
        let data = "x".repeat(len);
        assert_eq!(whole(&text(data.as_bytes())), [said(&data)], "{len}");
    }
}

#[test]
fn fragments_are_joined_around_control_frames() {
    let mask = [9, 8, 7, 6];
    let bytes = [
        frame(0x01, b"he", mask),
        frame(0x89, b"are you there", mask),
        frame(0x00, b"", mask),
        frame(0x8a, b"", mask),
        // A letter may be cut in two.
        frame(0x00, &"llö".as_bytes()[..3], mask),
        frame(0x80, &"llö".as_bytes()[3..], mask),
        frame(0x88, &[0x03, 0xe8, b'b', b'y', b'e'], mask),
    ];
    let expected = [
        Ok(Incoming::Ping(b"are you there".to_vec())),
        Ok(Incoming::Pong),
        said("hellö"),
        Ok(Incoming::Close(Some(1000))),
    ];
    assert_eq!(whole(&bytes.concat()), expected);
}

#[test]
fn what_breaks_a_rule_is_told_by_its_code() {
    let header = |first: u8, second: u8, rest: &[u8]| [&[first, second], rest].concat();
    let mask = [0; 4];
    let large = vec![b'x'; MAX_FRAME_BYTES];
    for (what, bytes, code) in [
        ("no mask", header(0x81, 0x01, b"x"), CloseCode::Protocol),
        ("a reserved bit", header(0xc1, 0x80, &[]), CloseCode::Protocol),
        ("another reserved bit", header(0x91, 0x80, &[]), CloseCode::Protocol),
        ("a reserved kind", header(0x83, 0x80, &[]), CloseCode::Protocol),
        ("a reserved control kind", header(0x8b, 0x80, &[]), CloseCode::Protocol),
        ("a binary frame", header(0x82, 0x80, &[]), CloseCode::Unsupported),
        ("a continuation of nothing", header(0x80, 0x80, &[]), CloseCode::Protocol),
        ("a message inside a message", [frame(1, b"a", mask), header(0x81, 0x80, &[])].concat(), CloseCode::Protocol),
        ("a ping in fragments", header(0x09, 0x80, &[]), CloseCode::Protocol),
        ("a long ping", header(0x89, 0xfe, &[]), CloseCode::Protocol),
        ("a length written long", header(0x81, 0xfe, &[0, 125, 0, 0, 0, 0]), CloseCode::Protocol),
        (
            "a length written longer",
            header(0x81, 0xff, &[0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0]),
            CloseCode::Protocol,
        ),
        ("a negative length", header(0x81, 0xff, &[0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), CloseCode::Protocol),
        ("64 KiB and one", header(0x81, 0xff, &[0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0]), CloseCode::TooLarge),
        ("2 GiB", header(0x81, 0xff, &[0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]), CloseCode::TooLarge),
        ("too much in fragments", [frame(1, &large, mask), frame(0, b"x", mask)].concat(), CloseCode::TooLarge),
        ("no UTF-8", text(b"a\xff"), CloseCode::BadText),
        ("half a letter", text(&[0xc3]), CloseCode::BadText),
        ("a surrogate", text(&[0xed, 0xa0, 0x80]), CloseCode::BadText),
        ("half a code", frame(0x88, &[3], mask), CloseCode::Protocol),
        ("a code for nobody", frame(0x88, &1005_u16.to_be_bytes(), mask), CloseCode::Protocol),
        ("a code of no range", frame(0x88, &5000_u16.to_be_bytes(), mask), CloseCode::Protocol),
        ("a reason that is no text", frame(0x88, &[3, 0xe8, 0xff], mask), CloseCode::BadText),
    ] {
        assert_eq!(whole(&bytes), [Err(code)], "{what}");
        assert_eq!(read(&bytes, &[1]), [Err(code)], "{what}, byte by byte");
    }
    assert_eq!(whole(&frame(0x88, b"", mask)), [Ok(Incoming::Close(None))]);
}

#[test]
fn a_header_is_enough_to_refuse_what_follows() {
    let mut reader = FrameReader::default();
    reader.push(Bytes::from_static(&[0x81, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]));
    assert_eq!(reader.next(), Some(Err(CloseCode::TooLarge)));
    assert_eq!((reader.held(), reader.message.capacity()), (0, 0));
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let data = prop_oneof![vec(any::<u8>(), 0..300), "[a-zé]{0,60}".prop_map(String::into_bytes)];
    let first = prop_oneof![4 => Just(0x81), 2 => Just(0x01), 2 => Just(0x80), 1 => Just(0x89), 1 => any::<u8>()];
    (first, data, any::<[u8; 4]>()).prop_map(|(first, data, mask)| frame(first, &data, mask))
}

proptest! {
    #[test]
    fn the_same_comes_of_the_same_bytes_however_they_are_split(
        frames in vec(any_frame(), 0..8),
        noise in vec(any::<u8>(), 0..20),
        sizes in vec(1_usize..40, 1..6),
    ) {
        let bytes = [frames.concat(), noise].concat();
        prop_assert_eq!(read(&bytes, &sizes), whole(&bytes));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..400)) {
        whole(&bytes);
    }
}
