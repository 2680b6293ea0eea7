import citychain.indexer.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("renting", "0004_transfer_owners"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mandate",
            fields=[
                ("id", models.CharField(max_length=192, primary_key=True, serialize=False)),
                ("title", models.BigIntegerField(db_index=True)),
                ("owner", models.CharField(max_length=42)),
                ("delegate", models.CharField(db_index=True, max_length=42)),
                ("scope", models.CharField(max_length=66)),
                ("valid_until", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
            bases=(citychain.indexer.models.OnReadDatabase, models.Model),
        ),
        migrations.CreateModel(
            name="Occupation",
            fields=[
                ("id", models.CharField(max_length=48, primary_key=True, serialize=False)),
                ("unit", models.BigIntegerField(db_index=True)),
                ("lease", models.BigIntegerField(db_index=True)),
                ("head_lease", models.BigIntegerField()),
                ("operator", models.CharField(max_length=42)),
                ("from_day", models.BigIntegerField()),
                ("to_day", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
            bases=(citychain.indexer.models.OnReadDatabase, models.Model),
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("title", models.BigIntegerField(db_index=True)),
                ("parent", models.BigIntegerField()),
                ("head_lease", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("whole", "Whole"), ("flat", "Flat"), ("room", "Room"), ("bed", "Bed")], max_length=16
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("declared", "Declared"), ("confirmed", "Confirmed"), ("withdrawn", "Withdrawn")],
                        max_length=16,
                    ),
                ),
                ("occupants", models.IntegerField(default=0)),
                ("commitment", models.CharField(max_length=66)),
                ("declared_by", models.CharField(max_length=42)),
                ("declared_at", models.BigIntegerField()),
                ("registrar", models.BigIntegerField(default=0)),
                ("confirmed_at", models.BigIntegerField(default=0)),
            ],
            options={
                "abstract": False,
            },
            bases=(citychain.indexer.models.OnReadDatabase, models.Model),
        ),
        migrations.CreateModel(
            name="UnitStep",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("unit", models.BigIntegerField(db_index=True)),
                ("event", models.CharField(max_length=64)),
                ("detail", models.TextField()),
                ("time", models.BigIntegerField()),
                ("block", models.BigIntegerField()),
                ("tx", models.CharField(db_index=True, max_length=66)),
            ],
            options={
                "abstract": False,
            },
            bases=(citychain.indexer.models.OnReadDatabase, models.Model),
        ),
    ]
