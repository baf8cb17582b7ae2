"""The signatures an auditor's script checks, against RFC 8032's own vectors and against what must never pass."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.verify.shinchoku_verify import BASE, NEUTRAL, L, P, decode_point, encode_point, signed, times

# RFC 8032 section 7.1: public key, message, signature.
VECTORS = {
    "TEST 1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "TEST 2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "TEST 3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "TEST 1024": (
        "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
        "08b8b2b733424243760fe426a4b54908632110a66c2f6591eabd3345e3e4eb98fa6e264bf09efe12ee50f8f54e9f77b1"
        "e355f6c50544e23fb1433ddf73be84d879de7c0046dc4996d9e773f4bc9efe5738829adb26c81b37c93a1b270b20329d"
        "658675fc6ea534e0810a4432826bf58c941efb65d57a338bbd2e26640f89ffbc1a858efcb8550ee3a5e1998bd177e93a"
        "7363c344fe6b199ee5d02e82d522c4feba15452f80288a821a579116ec6dad2b3b310da903401aa62100ab5d1a36553e"
        "06203b33890cc9b832f79ef80560ccb9a39ce767967ed628c6ad573cb116dbefefd75499da96bd68a8a97b928a8bbc10"
        "3b6621fcde2beca1231d206be6cd9ec7aff6f6c94fcd7204ed3455c68c83f4a41da4af2b74ef5c53f1d8ac70bdcb7ed1"
        "85ce81bd84359d44254d95629e9855a94a7c1958d1f8ada5d0532ed8a5aa3fb2d17ba70eb6248e594e1a2297acbbb39d"
        "502f1a8c6eb6f1ce22b3de1a1f40cc24554119a831a9aad6079cad88425de6bde1a9187ebb6092cf67bf2b13fd65f270"
        "88d78b7e883c8759d2c4f5c65adb7553878ad575f9fad878e80a0c9ba63bcbcc2732e69485bbc9c90bfbd62481d9089b"
        "eccf80cfe2df16a2cf65bd92dd597b0707e0917af48bbb75fed413d238f5555a7a569d80c3414a8d0859dc65a46128ba"
        "b27af87a71314f318c782b23ebfe808b82b0ce26401d2e22f04d83d1255dc51addd3b75a2b1ae0784504df543af8969b"
        "e3ea7082ff7fc9888c144da2af58429ec96031dbcad3dad9af0dcbaaaf268cb8fcffead94f3c7ca495e056a9b47acdb7"
        "51fb73e666c6c655ade8297297d07ad1ba5e43f1bca32301651339e22904cc8c42f58c30c04aafdb038dda0847dd988d"
        "cda6f3bfd15c4b4c4525004aa06eeff8ca61783aacec57fb3d1f92b0fe2fd1a85f6724517b65e614ad6808d6f6ee34df"
        "f7310fdc82aebfd904b01e1dc54b2927094b2db68d6f903b68401adebf5a7e08d78ff4ef5d63653a65040cf9bfd4aca7"
        "984a74d37145986780fc0b16ac451649de6188a7dbdf191f64b5fc5e2ab47b57f7f7276cd419c17a3ca8e1b939ae49e4"
        "88acba6b965610b5480109c8b17b80e1b7b750dfc7598d5d5011fd2dcc5600a32ef5b52a1ecc820e308aa342721aac09"
        "43bf6686b64b2579376504ccc493d97e6aed3fb0f9cd71a43dd497f01f17c0e2cb3797aa2a2f256656168e6c496afc5f"
        "b93246f6b1116398a346f1a641f3b041e989f7914f90cc2c7fff357876e506b50d334ba77c225bc307ba537152f3f161"
        "0e4eafe595f6d9d90d11faa933a15ef1369546868a7f3a45a96768d40fd9d03412c091c6315cf4fde7cb68606937380d"
        "b2eaaa707b4c4185c32eddcdd306705e4dc1ffc872eeee475a64dfac86aba41c0618983f8741c5ef68d3a101e8a3b8ca"
        "c60c905c15fc910840b94c00a0b9d0",
        "0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350"
        "aa5371b1508f9f4528ecea23c436d94b5e8fcd4f681e30a6ac00a9704a188a03",
    ),
    "TEST SHA(abc)": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}


def vector(name: str) -> tuple[bytes, bytes, bytes]:
    public, message, signature = map(bytes.fromhex, VECTORS[name])
    return public, message, signature


@pytest.mark.parametrize("name", VECTORS)
def test_19_a_published_signature_is_accepted(name: str) -> None:
    assert signed(*vector(name))


def test_19_the_long_vector_is_whole() -> None:
    assert len(vector("TEST 1024")[1]) == 1023


@pytest.mark.parametrize("name", VECTORS)
def test_19_with_any_bit_of_key_or_signature_turned_it_is_refused(name: str) -> None:
    public, message, signature = vector(name)
    for bit in range(0, 512, 7):
        turned = (int.from_bytes(signature, "little") ^ 1 << bit).to_bytes(64, "little")
        assert not signed(public, message, turned)
    for bit in range(0, 256, 61):
        turned = (int.from_bytes(public, "little") ^ 1 << bit).to_bytes(32, "little")
        assert not signed(turned, message, signature)
    assert not signed(public, message + b"\0", signature)


@pytest.mark.parametrize("name", VECTORS)
def test_19_the_twin_of_a_signature_is_refused(name: str) -> None:
    """s + L gives the same point; without the rule s < L every signature had a second form."""
    public, message, signature = vector(name)
    s = int.from_bytes(signature[32:], "little")
    assert encode_point(times((s + L) % 2**256, BASE)) == encode_point(times(s, BASE))
    assert not signed(public, message, signature[:32] + (s + L).to_bytes(32, "little"))


SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",  # the neutral point
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # order 2
    "0000000000000000000000000000000000000000000000000000000000000000",  # order 4
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  # order 8
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  # order 8
]


@pytest.mark.parametrize("public", SMALL_ORDER)
def test_19_a_key_of_small_order_signs_nothing(public: str) -> None:
    """With such a key, R = [s]B fits a message of every few."""
    key = bytes.fromhex(public)
    assert decode_point(key) is not None
    r = encode_point(times(5, BASE))
    messages = [str(i).encode() for i in range(50)]
    assert not any(signed(key, message, r + (5).to_bytes(32, "little")) for message in messages)


@pytest.mark.parametrize(
    "raw",
    [
        (P + 1).to_bytes(32, "little"),  # y = 1, written as y + p
        (P).to_bytes(32, "little"),
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with the sign of an odd x
        (2).to_bytes(32, "little"),  # on no point of the curve
        b"\xff" * 32,
        b"",
        b"\x01" * 31,
        b"\x01" * 33,
    ],
)
def test_19_what_is_no_canonical_point_is_refused(raw: bytes) -> None:
    assert decode_point(raw) is None
    assert not signed(raw, b"", bytes(64))


def test_19_an_r_of_another_encoding_is_refused() -> None:
    """The same point as the neutral one, written as y + p: equal as a point, not as bytes."""
    public, _, _ = vector("TEST 1")
    assert not signed(public, b"", (P + 1).to_bytes(32, "little") + bytes(32))


@pytest.mark.parametrize("length", [0, 32, 63, 65, 128])
def test_19_a_signature_of_another_length_is_refused(length: int) -> None:
    public, message, signature = vector("TEST 2")
    assert not signed(public, message, (signature * 2)[:length])


@settings(max_examples=25, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), other=st.binary(max_size=200))
def test_19_what_another_program_signs_is_accepted_and_nothing_else(seed: bytes, message: bytes, other: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert signed(public, message, signature)
    assert signed(public, other, signature) == (other == message)


def test_19_points_keep_the_laws_of_their_group() -> None:
    assert encode_point(times(L, BASE)) == encode_point(NEUTRAL)
    assert encode_point(times(7, times(11, BASE))) == encode_point(times(77, BASE))
    assert decode_point(encode_point(times(12345, BASE))) is not None
