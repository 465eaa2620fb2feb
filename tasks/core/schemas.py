"""What one row of each manifest holds: every schema, declared once."""

import pyarrow as pa

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])  # what `datasets` and the Hub's viewer read
POINTS = pa.list_(pa.float32())
# box x0 y0 x1 y1, landmarks 5 x (x, y), both in the upright picture; yaw, pitch, roll in degrees of the righted face;
# covered 0..1, the share of the face behind a mask, a hand or a thing
FACE = pa.struct(
    [("box", POINTS), ("score", pa.float32()), ("landmarks", POINTS), ("angles", POINTS), ("covered", pa.float32())]
)

BATCH = pa.schema(
    [
        ("batch", pa.string()),
        ("position", pa.int32()),  # in ingest.sources: new batches come last
        ("kind", pa.string()),
        ("role", pa.string()),
        ("source", pa.string()),
        ("files", pa.int64()),
        ("kept", pa.int64()),
    ]
)

PIECE = pa.struct(
    [
        ("matrix", pa.list_(pa.float64())),  # 2 x 3, picture -> crop
        ("size", pa.int32()),
        ("marks", POINTS),  # 68 x (x, y) in the picture
        ("image", pa.binary()),  # lossless WebP of the drawn crop; null where it is drawn with the picture
    ]
)
INGEST = pa.schema(
    [
        ("id", pa.string()),  # 16 hex digits of the sha256 of the bytes as received
        ("role", pa.string()),  # photo | anime
        ("batch", pa.string()),
        ("name", pa.string()),  # inside the batch
        ("source", pa.string()),
        ("url", pa.string()),  # where the picture itself came from
        ("licence", pa.string()),
        ("author", pa.string()),
        ("consent", pa.string()),  # its id in the records of whoever asked for it
        ("purpose", pa.string()),  # what the consent is for
        ("given", pa.string()),  # ISO date
        ("expires", pa.string()),  # ISO date, the last day on which it holds; null: it does not end
        ("subject", pa.string()),  # a pseudonym
        ("image", IMAGE),  # as received, without metadata
        ("format", pa.string()),
        ("width", pa.int32()),  # upright
        ("height", pa.int32()),
        ("orientation", pa.int8()),  # EXIF 1..8, still to be applied to the stored bytes
        ("pixels", pa.string()),  # 16 hex digits: of the stored JPEG and its orientation, else of the upright pixels
        ("phash", pa.uint64()),
        ("thumb", pa.binary()),  # 16 x 16 grey levels of the upright picture, whatever its proportions
        ("sharpness", pa.float32()),
        ("brightness", pa.float32()),
        ("contrast", pa.float32()),
        ("saturation", pa.float32()),  # 0..255, the mean of HSV's at a shorter side of 128 pixels
        (
            "jpeg_quality",
            pa.float32(),
        ),  # 1..100 as libjpeg counts, from the quantisation tables; null where it is no JPEG
        ("blockiness", pa.float32()),  # how much stronger steps are on the 8-pixel grid than beside it; 1: not at all
        ("drawn", pa.float32()),  # 0 a photo .. 1 a drawing
        ("reason", pa.string()),  # why it goes no further; null where it does
        ("detail", pa.string()),
    ]
)
DEDUPE = pa.schema(
    [
        ("id", pa.string()),
        ("role", pa.string()),
        ("batch", pa.string()),
        ("cluster", pa.string()),  # the smallest id among its members
        ("keep", pa.bool_()),
        ("duplicate_of", pa.string()),
        ("distance", pa.int32()),  # bits of the perceptual hash
        ("reason", pa.string()),
    ]
)
FACES = pa.schema(
    [
        ("id", pa.string()),
        ("role", pa.string()),
        ("quarter", pa.int8()),  # quarter turns clockwise that set the picture upright: 0..3
        ("faces", pa.list_(FACE)),  # the largest first
        ("style", POINTS),  # a drawing's style descriptor; null for a photo
    ]
)
QUALITY = pa.schema(
    [
        ("id", pa.string()),
        ("role", pa.string()),
        ("batch", pa.string()),
        ("keep", pa.bool_()),
        ("reason", pa.string()),
        ("value", pa.float64()),  # what was measured
        ("limit", pa.float64()),  # what it was held against
        ("faces", pa.int32()),  # of comparable size
        ("chosen", pa.list_(pa.int8())),  # numbers of the faces in data/faces that go on
        ("quarter", pa.int8()),
        ("yaw", pa.float32()),  # of the largest face
        ("pitch", pa.float32()),
        ("roll", pa.float32()),
    ]
)
ALIGN = pa.schema(
    [
        ("face_id", pa.string()),  # <id>-<number of the face in its image>
        ("id", pa.string()),
        ("role", pa.string()),
        ("batch", pa.string()),
        ("subject", pa.string()),
        ("image", IMAGE),  # PNG, size x size
        ("size", pa.int32()),
        ("matrix", pa.list_(pa.float64())),  # 2 x 3, source pixel -> crop pixel
        ("arc_matrix", pa.list_(pa.float64())),  # 2 x 3, source pixel -> 112-pixel ArcFace crop
        ("landmarks", POINTS),  # 5 x (x, y) in the crop
        ("landmarks68", POINTS),  # 68 x (x, y) in the crop
        ("embedding", POINTS),
        ("yaw", pa.float32()),  # degrees
        ("pitch", pa.float32()),
        ("roll", pa.float32()),
    ]
)
ATTRIBUTES = ("expression", "glasses", "mask", "age", "gender", "hair", "skin", "style")
LABEL = pa.schema(
    [
        ("face_id", pa.string()),
        ("role", pa.string()),
        ("yaw", pa.float32()),  # degrees
        ("pitch", pa.float32()),
        ("roll", pa.float32()),
        ("eyes_open", pa.float32()),  # height over width of the eye
        ("mouth_open", pa.float32()),
        ("colours", POINTS),  # mean Lab of hair, face and clothes: 9 numbers
        *[
            (name + suffix, kind)
            for name in ATTRIBUTES
            for suffix, kind in (("", pa.string()), ("_score", pa.float32()), ("_origin", pa.string()))
        ],
    ]
)
PAIR = pa.schema(
    [
        ("pair_id", pa.string()),
        ("photo", pa.string()),  # face_id
        ("anime", pa.string()),  # face_id; null for a teacher's picture
        ("person", pa.string()),  # the subject of the person's first face, else that face's id
        ("method", pa.string()),  # manual | match | teacher
        ("score", pa.float32()),
        ("rank", pa.int16()),  # 1: the assigned drawing, 2 and on: the next best for the same photo
        ("status", pa.string()),  # accepted | candidate | rejected
        ("split", pa.string()),  # train | val | test; null: between people of two splits
        ("reasons", pa.string()),
        ("teacher", pa.string()),
    ]
)
TEACHER = pa.schema([("face_id", pa.string()), ("image", IMAGE), ("teacher", pa.string())])
DRAWN = pa.schema(
    [
        ("face_id", pa.string()),  # of a whole picture its id
        ("id", pa.string()),
        ("image", IMAGE),  # lossless WebP, as the generator drew it; null where only pieces were drawn
        ("pieces", pa.list_(PIECE)),  # the picture's faces, the largest first; none where the picture is a face's crop
        ("reason", pa.string()),
    ]
)
STYLIZE = pa.schema(
    [
        ("face_id", pa.string()),  # of a whole picture its id
        ("id", pa.string()),
        ("image", IMAGE),
        ("reason", pa.string()),
        ("model", pa.string()),
        ("settings", pa.string()),
    ]
)
# What evaluate measures once: on every held-out photo, on every model's drawing of it, on the style set, and between
# two models' drawings. Null where it could not be measured.
_SEEN = [("features", POINTS), ("patches", POINTS)]  # of the feature net; NIQE's 36 numbers of each patch
_LIKENESS = [(name, pa.float64()) for name in ("ssim", "ms_ssim", "psnr", "gmsd", "ciede2000", "lpips")]
JUDGED_PHOTO = pa.schema(
    [
        ("face_id", pa.string()),
        ("box", POINTS),  # the detector's in the crop
        ("marks", POINTS),  # 68 x (x, y), as found in the crop itself
        ("typology", pa.float64()),  # individual typology angle of the skin, degrees
        ("lightness", pa.float64()),  # mean L* of the skin
        ("quality", pa.float64()),  # of the face, eDifFIQA
        ("embedding", POINTS),
        ("second", POINTS),  # the second encoder's embedding
        *_SEEN,
        ("target_features", POINTS),
    ]
)
JUDGED_PICTURE = pa.schema([("face_id", pa.string()), ("image", IMAGE)])  # PNG, as the generator drew it
JUDGED_DRAWING = pa.schema(
    [
        ("face_id", pa.string()),
        # The best intersection over union of a face found in the drawing with the photo's, 0 where none is found; null
        # where the detector finds no face in the photo either.
        ("overlap", pa.float64()),
        *[(name, pa.float64()) for name in ("nme", "symmetry", "chroma_shift", "quality")],
        *_LIKENESS,  # to the teacher's drawing
        ("embedding", POINTS),
        ("second", POINTS),
        *_SEEN,
    ]
)
JUDGED_STYLE = pa.schema([("face_id", pa.string()), *_SEEN])
LIKENESS = pa.schema([("face_id", pa.string()), *_LIKENESS])
EVALUATE = pa.schema(
    [
        ("face_id", pa.string()),
        ("model", pa.string()),  # base | release | tuned
        ("person", pa.string()),
        ("split", pa.string()),
        ("kept", pa.bool_()),  # null where the detector finds no face in the photo's crop either
        ("identity", pa.float64()),
        ("identity_second", pa.float64()),  # by the second encoder
        ("same_person", pa.bool_()),
        ("nme", pa.float64()),
        ("deformed", pa.bool_()),
        ("symmetry", pa.float64()),
        ("chroma_shift", pa.float64()),
        ("quality", pa.float64()),
        ("niqe", pa.float64()),
        *_LIKENESS,  # to the teacher's drawing; null where there is none
    ]
)
